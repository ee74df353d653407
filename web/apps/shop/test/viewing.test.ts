// @vitest-environment happy-dom
import type { Here } from "@ratchet/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EffectScope, effectScope, ref } from "vue";
import { type Player, useViewing } from "../src/parts/viewing.ts";

const HEARTBEAT_MS = 2_000;
const LENGTH_MS = 6_000;

let reports: { position_ms: number; playing: boolean }[];
/** What the server has credited after each report; the last one goes on. */
let credits: number[];
let refusal: string | undefined;
let scope: EffectScope;
let at: number;
let playing: boolean;

const film: Player = {
  play: async () => { playing = true; },
  pause: () => { playing = false; },
  seek: (ms) => { at = ms; },
  position: () => at,
};

function view(watched_ms: number): object {
  return { id: "v1", day: "2026-01-09", length_ms: LENGTH_MS, watched_ms, heartbeat_ms: HEARTBEAT_MS, done: watched_ms >= LENGTH_MS, ...(watched_ms >= LENGTH_MS ? { seq: 21 } : {}) };
}

async function answer(request: Request): Promise<Response> {
  if (!request.url.endsWith("/heartbeats")) return Response.json(view(0));
  reports.push((await request.json()) as (typeof reports)[number]);
  if (refusal) {
    const problem = { type: "", title: "It goes on elsewhere.", status: 409, code: refusal, facts: {}, request_id: "r" };
    return new Response(JSON.stringify(problem), { status: 409, headers: { "Content-Type": "application/problem+json" } });
  }
  return Response.json(view(credits.length > 1 ? credits.shift()! : credits[0]!));
}

/** The film plays on for so long. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    if (playing) at += 100;
    await vi.advanceTimersByTimeAsync(100);
  }
}

beforeEach(() => {
  [reports, credits, refusal, at, playing] = [[], [2_000, 4_000, 6_000], undefined, 0, false];
  sessionStorage.clear();
  vi.useFakeTimers({ now: Date.parse("2026-12-01T00:00:00Z") });
  vi.stubGlobal("fetch", answer);
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const viewing = () => scope.run(() => useViewing({ id: ref("p") } as unknown as Here, ref(film)))!;

describe("watching the day's film", () => {
  it("reports every few seconds until the server says that it was watched", async () => {
    const it = viewing();
    await it.start();
    await pass(6_500);
    expect(reports).toEqual([2_000, 4_000, 6_000].map((position_ms) => ({ position_ms, playing: true })));
    expect([it.viewing.value?.done, it.playing.value, playing]).toEqual([true, false, false]);
    await pass(10_000);
    expect(reports).toHaveLength(3);
  });

  it("stops with a page that is hidden, and says so", async () => {
    const it = viewing();
    await it.start();
    await pass(1_000);
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(5_000);
    Object.defineProperty(document, "hidden", { configurable: true, get: () => false });
    expect(reports).toEqual([{ position_ms: 1_000, playing: false }]);
    expect([it.playing.value, playing]).toEqual([false, false]);
  });

  it("goes back to what was credited where it has run ahead", async () => {
    credits = [0, 2_000];
    await viewing().start();
    at = 4_000;
    await pass(2_100);
    expect([reports[0]?.position_ms, at]).toEqual([6_000, 100]);
  });

  it("stops where the server refuses, and keeps why", async () => {
    refusal = "viewing_replaced";
    const it = viewing();
    await it.start();
    await pass(2_100);
    expect([it.problem.value?.code, it.playing.value, playing]).toEqual(["viewing_replaced", false, false]);
    await pass(10_000);
    expect(reports).toHaveLength(1);
  });
});
