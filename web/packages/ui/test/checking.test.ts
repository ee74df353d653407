// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { useChecking } from "../src/plan/checking.ts";

const PAUSE_MS = 300;
const asked: string[] = [];
/** Answers only when it is told to. */
let answers: (() => void)[] = [];
const ask = (text: string) => new Promise<never>((resolve) => {
  asked.push(text);
  answers.push(() => resolve({ errors: text.includes("wrong") ? [{}] : [] } as never));
});

describe("a text is looked at", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    asked.length = 0;
    answers = [];
  });
  const begun = () => {
    const text = ref<string>();
    const good = vi.fn();
    const scope = effectScope();
    const checking = scope.run(() => useChecking(text, { ask, pauseMs: PAUSE_MS, good }))!;
    const type = async (to: string, ms: number) => {
      text.value = to;
      await nextTick();
      await vi.advanceTimersByTimeAsync(ms);
    };
    return { text, good, scope, checking, type };
  };

  it("at once when it was blank before, then when one pauses", async () => {
    const { type, checking, good } = begun();
    await type("one", 0);
    expect(asked).toEqual(["one"]);
    expect(checking.busy.value).toBe(true);
    answers[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(checking.busy.value).toBe(false);
    expect(good.mock.calls).toEqual([["one"]]);
    await type("two wrong", PAUSE_MS - 1);
    expect(asked).toEqual(["one"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(["one", "two wrong"]);
    answers[1]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(good).toHaveBeenCalledTimes(1);
    await type(" ", 0);
    await type("three", 0);
    expect(asked).toEqual(["one", "two wrong", "three"]);
  });

  it("no more once it is blank: nothing is said of it and nothing is waited for", async () => {
    const { type, checking } = begun();
    await type("one", 0);
    await type("", 0);
    expect([checking.busy.value, checking.check.value]).toEqual([false, undefined]);
    answers[0]!();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(checking.check.value).toBeUndefined();
    expect(asked).toEqual(["one"]);
  });

  it("until nobody is there", async () => {
    const { type, scope } = begun();
    await type("one", 0);
    await type("two", 0);
    scope.stop();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(asked).toEqual(["one"]);
  });
});
