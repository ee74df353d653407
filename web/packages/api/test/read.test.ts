// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { forgetReads, Problem, somethingChanged, useRead } from "../src/index.ts";

afterEach(() => forgetReads());

function inScope<T>(body: () => T): { value: T; stop: () => void } {
  const scope = effectScope();
  return { value: scope.run(body)!, stop: () => scope.stop() };
}

describe("a read", () => {
  it("is loading, then ready, and read again when something changed", async () => {
    let count = 0;
    const { value: read, stop } = inScope(() => useRead(() => "wallet", () => Promise.resolve(++count)));
    expect(read.state.value).toBe("loading");
    await flushPromises();
    expect([read.state.value, read.data.value]).toEqual(["ready", 1]);
    somethingChanged();
    await flushPromises();
    expect(read.data.value).toBe(2);
    stop();
  });

  it("keeps the data with their time when the network is gone, and says so", async () => {
    let online = true;
    const { value: read, stop } = inScope(() => useRead(() => "points", () => (online ? Promise.resolve(7) : Promise.reject(new TypeError("gone")))));
    await flushPromises();
    online = false;
    await read.refresh();
    expect([read.state.value, read.data.value]).toEqual(["offline", 7]);
    expect(Date.parse(read.readAt.value!)).not.toBeNaN();
    online = true;
    dispatchEvent(new Event("online"));
    await flushPromises();
    expect(read.state.value).toBe("ready");
    stop();
  });

  it("shows no old data where the server refuses", async () => {
    let allowed = true;
    const refused = new Problem("not_found", 404, undefined, undefined);
    const { value: read, stop } = inScope(() => useRead(() => "inbox", () => (allowed ? Promise.resolve(7) : Promise.reject(refused))));
    await flushPromises();
    allowed = false;
    await read.refresh();
    expect([read.state.value, read.data.value]).toEqual(["problem", undefined]);
    stop();
  });

  it("drops the answer to an earlier question", async () => {
    const id = ref("a");
    const answers: Record<string, (value: string) => void> = {};
    const { value: read, stop } = inScope(() => useRead(() => id.value, () => new Promise<string>((resolve) => { answers[id.value] = resolve; })));
    const first = answers["a"]!;
    id.value = "b";
    await nextTick();
    answers["b"]!("second");
    first("first");
    await flushPromises();
    expect(read.data.value).toBe("second");
    stop();
  });
});
