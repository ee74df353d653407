// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AnyCode, Keys, Problem, problemFrom, problemOf, useCommand } from "../src/index.ts";

const LOST = new TypeError("fetch failed");

beforeEach(() => {
  sessionStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function refusal(code: AnyCode, status = 422): Problem {
  return new Problem(code, status, { code, title: "because" }, undefined);
}

describe("the key of a write", () => {
  it("is kept for the same content until there is a final answer, over a reload too", () => {
    const first = new Keys(sessionStorage).keyFor("sell", { points: "8" });
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    const reloaded = new Keys(sessionStorage);
    expect(reloaded.keyFor("sell", { points: "8" })).toBe(first);
    reloaded.settle("sell");
    expect(reloaded.keyFor("sell", { points: "8" })).not.toBe(first);
  });

  it("is another one for other content and for another act", () => {
    const keys = new Keys(sessionStorage);
    const first = keys.keyFor("sell", { points: "8" });
    expect(keys.keyFor("receive:o1", { points: "8" })).not.toBe(first);
    expect(keys.keyFor("sell", { points: "9" })).not.toBe(first);
  });
});

describe("a write", () => {
  it("goes on with one key when the network is lost in the middle, and happens once", async () => {
    const keys: string[] = [];
    const answers = [() => Promise.reject(LOST), () => Promise.reject(LOST), () => Promise.resolve("done")];
    const { submit, pending, waiting } = useCommand(() => "sell", (_: string, key: string) => {
      keys.push(key);
      return answers[keys.length - 1]!();
    });
    const outcome = submit("8");
    await vi.advanceTimersByTimeAsync(0);
    expect([pending.value, waiting.value]).toEqual([true, true]);
    dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await outcome).toBe("done");
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
    expect([pending.value, waiting.value]).toEqual([false, false]);
  });

  it("waits as long as the server asks where it does not know the outcome", async () => {
    let sent = 0;
    const { submit } = useCommand(() => "sell", () => {
      sent += 1;
      return sent === 1 ? Promise.reject(new Problem("outcome_unknown", 503, undefined, 8)) : Promise.resolve("done");
    });
    const outcome = submit("8");
    await vi.advanceTimersByTimeAsync(7_999);
    expect(sent).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe("done");
  });

  it("is one write however often it is tapped", async () => {
    const send = vi.fn(() => Promise.resolve("done"));
    const { submit } = useCommand(() => "sell", send);
    expect(await Promise.all([submit("8"), submit("8")])).toEqual(["done", "done"]);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("says why it was refused, and the next one is a new write", async () => {
    const keys: string[] = [];
    const { submit, problem } = useCommand(() => "sell", (_: string, key: string) => {
      keys.push(key);
      return keys.length === 1 ? Promise.reject(refusal("insufficient_points")) : Promise.resolve("done");
    });
    expect(await submit("8")).toBeUndefined();
    expect(problem.value?.code).toBe("insufficient_points");
    expect(await submit("8")).toBe("done");
    expect(problem.value).toBeUndefined();
    expect(new Set(keys).size).toBe(2);
  });
});

describe("a problem", () => {
  it("keeps code, facts, number and the seconds to wait", () => {
    const response = new Response(null, { status: 503, headers: { "Retry-After": "8" } });
    const problem = problemOf(response, { code: "busy", title: "Busy.", request_id: "req-1", facts: { queue: 64 } });
    expect([problem.code, problem.message, problem.requestId, problem.retryAfter, problem.fact("queue")]).toEqual(["busy", "Busy.", "req-1", 8, "64"]);
  });

  it("is named unexpected where the answer is no problem document", () => {
    const response = new Response("<html>", { status: 502, headers: { "X-Request-Id": "req-2" } });
    expect(problemOf(response, "<html>")).toMatchObject({ code: "unexpected", requestId: "req-2" });
  });

  it("lets a bug through instead of calling it a problem", () => {
    expect(problemFrom(LOST).code).toBe("network");
    expect(() => problemFrom(new RangeError("bug"))).toThrow("bug");
  });
});
