// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
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

describe("what stays on the device", () => {
  const gone = () => Promise.reject(new TypeError("gone"));
  /** Another start of the app: nothing is in its memory. */
  const restarted = async () => (vi.resetModules(), await import("../src/index.ts"));

  it("is shown with its time where the app starts without a network, and goes with the person", async () => {
    const first = await restarted();
    first.keepOnDevice();
    const { value: read, stop } = inScope(() => first.useRead(() => "wallet", () => Promise.resolve("25.00")));
    await flushPromises();
    stop();

    const second = await restarted();
    second.keepOnDevice();
    const { value: later, stop: end } = inScope(() => second.useRead(() => "wallet", gone));
    await flushPromises();
    expect([later.state.value, later.data.value, later.readAt.value]).toEqual(["offline", "25.00", read.readAt.value]);
    end();

    second.sessionEnded();
    const third = await restarted();
    third.keepOnDevice();
    const { value: after, stop: over } = inScope(() => third.useRead(() => "wallet", gone));
    await flushPromises();
    expect([after.state.value, after.data.value]).toEqual(["problem", undefined]);
    over();
  });

  it("is nothing where nobody asked for it, and nothing where there is no room", async () => {
    localStorage.clear();
    const api = await restarted();
    inScope(() => api.useRead(() => "console", () => Promise.resolve(1)));
    await flushPromises();
    expect(localStorage.length).toBe(0);
    api.keepOnDevice();
    const names = new Map<string, string>();
    vi.stubGlobal("localStorage", {
      getItem: (name: string) => names.get(name) ?? null,
      removeItem: (name: string) => names.delete(name),
      setItem: (name: string, text: string) => {
        if (names.size >= 2) throw new DOMException("full", "QuotaExceededError");
        names.set(name, text);
      },
    });
    const { value: read } = inScope(() => api.useRead(() => "points", () => Promise.resolve(2)));
    await flushPromises();
    expect(names.size).toBe(2);
    const { value: more } = inScope(() => api.useRead(() => "wallet", () => Promise.resolve(3)));
    await flushPromises();
    expect([read.state.value, more.data.value, names.size]).toEqual(["ready", 3, 0]);
    vi.unstubAllGlobals();
  });

  it("is a hundred answers, the oldest go first", async () => {
    const api = await restarted();
    api.keepOnDevice();
    const name = ref("0");
    inScope(() => api.useRead(() => name.value, () => Promise.resolve(name.value)));
    for (let each = 1; each <= 120; each += 1) {
      await flushPromises();
      name.value = String(each);
      await nextTick();
    }
    await flushPromises();
    const names = Object.keys(localStorage).filter((key) => key.startsWith("read:"));
    expect(names).toHaveLength(100);
    expect(names).toContain("read:120");
    expect(names).not.toContain("read:20");
    api.forgetReads();
    expect(localStorage.length).toBe(0);
  });
});
