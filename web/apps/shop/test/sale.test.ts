// @vitest-environment happy-dom
import { currency } from "@ratchet/exact";
import type { Here } from "@ratchet/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { useSale } from "../src/parts/sale.ts";

const NOW = Date.parse("2026-12-01T00:00:00Z");
const GOOD_MS = 120_000;
const nets = ["164.45", "164.48"];

let asked: string[];
let sold: string[];
let missed: boolean;

/** The network's other side: quotes by number, each paying what the list says. */
function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  const headers = { "Content-Type": "application/json", Date: new Date().toUTCString() };
  if (pathname.endsWith("/me/points/quote")) {
    asked.push(searchParams.get("points")!);
    const number = asked.length;
    const good_until = new Date(Date.now() + GOOD_MS).toISOString();
    return new Response(JSON.stringify({ quote: `q${number}`, points: "8", gross: "205.57", kept: "41.12", net: nets[number - 1], good_until, estimate: false }), { headers });
  }
  if (searchParams.get("preview")) return new Response(JSON.stringify({ preview: true, applied: true, balances: [] }), { headers });
  if (missed) {
    missed = false;
    const problem = { type: "", title: "It would pay less.", status: 409, code: "quote_missed", facts: {}, request_id: "r" };
    return new Response(JSON.stringify(problem), { status: 409, headers: { ...headers, "Content-Type": "application/problem+json" } });
  }
  return new Response(JSON.stringify({ id: "s1", seq: 7, at: new Date().toISOString() }), { headers });
}

beforeEach(() => {
  asked = [];
  sold = [];
  missed = false;
  sessionStorage.clear();
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "POST" && !request.url.includes("preview")) sold.push(((await request.clone().json()) as { quote: string }).quote);
    return answer(request);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function sale() {
  const wanted = ref<string>();
  const scope = effectScope();
  const here = { id: ref("p") } as unknown as Here;
  return { wanted, scope, ...scope.run(() => useSale(here, wanted))! };
}

describe("selling by quote", () => {
  it("asks once typing rests, and forgets the quote when the number changes", async () => {
    const { wanted, quote, scope } = sale();
    wanted.value = "7";
    await nextTick();
    wanted.value = "8";
    await vi.advanceTimersByTimeAsync(300);
    expect([asked, quote.value?.net]).toEqual([["8"], "164.45"]);
    wanted.value = "9";
    await nextTick();
    expect(quote.value).toBeUndefined();
    scope.stop();
  });

  it("replaces a quote that ends while somebody looks at it, keeps the old figures beside it, and sells at the new one", async () => {
    const { wanted, quote, before, lapsed, difference, sell, scope } = sale();
    wanted.value = "8";
    await vi.advanceTimersByTimeAsync(300);
    await vi.advanceTimersByTimeAsync(GOOD_MS);
    expect([quote.value?.quote, before.value?.net, lapsed.value?.why]).toEqual(["q2", "164.45", "expired"]);
    expect(difference(currency("CNY"))).toBe("0.03");
    expect(sold).toEqual([]);
    expect(await sell()).toBe(true);
    expect(sold).toEqual(["q2"]);
    scope.stop();
  });

  it("says that a missed quote sold nothing, and never sells at a figure nobody has seen", async () => {
    const { wanted, quote, lapsed, problem, sell, scope } = sale();
    wanted.value = "8";
    await vi.advanceTimersByTimeAsync(300);
    missed = true;
    expect(await sell()).toBe(false);
    expect([sold, lapsed.value?.why, quote.value?.quote, problem.value]).toEqual([["q1"], "missed", "q2", undefined]);
    scope.stop();
  });
});
