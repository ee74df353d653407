// @vitest-environment happy-dom
import { Problem, useRead } from "@ratchet/api";
import { currency } from "@ratchet/exact";
import { setLanguage } from "@ratchet/i18n";
import { enableAutoUnmount, flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Component, defineComponent, h, ref } from "vue";
import {
  ActButton, ExplainSheet, type Explanation, type OpenExplanation, PageState, type ProgrammeContext, provideExplanations, provideProgramme, provideTruth, Num,
  Said, SandboxStrip, Sheet, Steps, TruthLine, type TruthSummary,
} from "../src/index.ts";

const PROGRAMME: ProgrammeContext = {
  id: "p", sandbox: true, currency: currency("CNY"), zone: "+08:00", now: "2026-11-22T06:05:00Z", ownClock: true, seq: 36_824,
};
const RouterLink = defineComponent({ props: { to: String }, setup: (props, { slots }) => () => h("a", { href: props.to }, slots["default"]?.()) });

enableAutoUnmount(afterEach);
beforeEach(() => setLanguage("zh"));

interface Around {
  readonly programme?: ProgrammeContext;
  readonly truth?: TruthSummary | undefined;
  readonly open?: OpenExplanation;
}

function show(component: Component, props: Record<string, unknown>, slots: Record<string, () => unknown> = {}, around: Around = {}) {
  const page = defineComponent({
    setup() {
      provideProgramme(ref(around.programme ?? PROGRAMME));
      provideTruth(ref(around.truth));
      if (around.open) provideExplanations(around.open);
      return () => h(component, props, slots);
    },
  });
  return mount(page, { attachTo: document.body, global: { components: { RouterLink } } });
}

describe("Num", () => {
  it.each([
    ["money", "361.24", "¥361.24"], ["points", "17.572336321145", "17.5723"], ["share", 178_299, "17.82%"], ["count", 12_464, "12,464"], ["money", null, "—"],
  ] as const)("shows %s %s as %s", (kind, value, text) => {
    expect(show(Num, { kind, value }).text()).toBe(text);
  });

  it("is a button only where somebody can say why, and asks for that figure", async () => {
    const open = vi.fn();
    const why = () => Promise.resolve({ sentence: "", terms: [], sources: [] });
    const page = show(Num, { kind: "money", value: "90.31", minus: true, why }, {}, { open });
    await page.get("button").trigger("click");
    expect(open).toHaveBeenCalledWith("\u2212¥90.31", why);
    expect(page.get("button").attributes("aria-label")).toContain("\u2212¥90.31");
    expect(show(Num, { kind: "money", value: "90.31", why }).find("button").exists()).toBe(false);
  });
});

describe("what no page may leave out", () => {
  it("the strip marks every sandbox and names its clock", () => {
    const text = show(SandboxStrip, {}).text();
    expect(text).toContain("沙盒");
    expect(text).toContain("11月22日 14:05");
    expect(show(SandboxStrip, {}, {}, { programme: { ...PROGRAMME, sandbox: false } }).text()).toBe("");
  });

  it("the truth line says how many got their money back, also when that is nobody", () => {
    expect(show(TruthLine, { href: "/truth" }, {}, { truth: { buyers: 5_786, back: 0 } }).text()).toContain("买过的 5,786 人里，收到的钱达到所花的有 0 人。");
    expect(show(TruthLine, { href: "/truth" }, {}, { truth: { buyers: 0, back: 0 } }).text()).toContain("还没有人买过");
    expect(show(TruthLine, { href: "/truth" }).text()).toContain("还没有读到");
  });

  it("marks the figure in a sentence", () => {
    expect(show(Said, { text: "是所花的 *17.82%*。", hurt: true }).get("b").classes()).toContain("hurt");
  });
});

describe("PageState", () => {
  const page = (ask: () => Promise<string>) => defineComponent({
    setup() {
      const read = useRead(() => `page:${String(ask)}`, ask);
      return () => h(PageState<string>, { read }, { default: ({ data, offline }: { data: string; offline: boolean }) => h("p", `${data}${offline ? " offline" : ""}`) });
    },
  });

  it("shows a skeleton, then the data", async () => {
    const shown = show(page(() => Promise.resolve("data")), {});
    expect(shown.find("[aria-busy=true]").exists()).toBe(true);
    await flushPromises();
    expect(shown.text()).toBe("data");
  });

  it("shows what happened, what is with the money, when to try again and the number", async () => {
    let asked = 0;
    const busy = new Problem("busy", 503, { code: "busy", title: "服务器正忙。", request_id: "req-7f31c0" }, 8);
    const shown = show(page(() => (++asked === 1 ? Promise.reject(busy) : Promise.resolve("data"))), {});
    await flushPromises();
    for (const part of ["服务器正忙。", "没有任何变动。", "请 8 秒后再试。", "req-7f31c0"]) expect(shown.text()).toContain(part);
    await shown.get("button.primary").trigger("click");
    await flushPromises();
    expect(shown.text()).toBe("data");
  });

  it("shows data of earlier with their time when the network is gone", async () => {
    let asked = 0;
    const shown = show(page(() => (++asked === 1 ? Promise.resolve("old") : Promise.reject(new TypeError("gone")))), {});
    await flushPromises();
    dispatchEvent(new Event("online"));
    await flushPromises();
    expect(shown.text()).toContain("没有网络");
    expect(shown.text()).toContain("old offline");
  });
});

describe("ActButton", () => {
  it("cannot be pressed with a reason, and the reason is tied to it", () => {
    const shown = show(ActButton, { reason: "须由另一人" }, { default: () => "通过" });
    const button = shown.get("button");
    expect(button.attributes("disabled")).toBeDefined();
    expect(shown.get(`#${button.attributes("aria-describedby")}`).text()).toBe("须由另一人");
  });

  it("says that it waits for the network", () => {
    expect(show(ActButton, { pending: true, waiting: true }).text()).toContain("不会做两次");
  });
});

describe("Sheet", () => {
  it("owns an entry of the history: back closes the sheet and not the page", async () => {
    const close = vi.fn();
    show(Sheet, { title: "卖出积分", onClose: close });
    expect(document.querySelector("dialog")?.open).toBe(true);
    const mine = history.state as unknown;
    history.pushState({ sheet: "another above it" }, "");
    history.replaceState(mine, "");
    dispatchEvent(new PopStateEvent("popstate"));
    expect(close).not.toHaveBeenCalled();
    history.replaceState(null, "");
    dispatchEvent(new PopStateEvent("popstate"));
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("ExplainSheet", () => {
  it("goes from the sentence to the formula, the entries, the rule and the check", async () => {
    const explanation: Explanation = {
      sentence: "五分之一留在池中。", terms: [{ name: "到手", value: "¥361.24", sum: true }], sources: [{ seq: 29_726, what: "订单结算" }],
      rule: "POOL-3", upTo: 36_824, hash: "fc2c6f9c65d6", check: "ratchet explain journal.jsonl 29726",
    };
    show(ExplainSheet, { shown: "¥361.24", why: () => Promise.resolve(explanation), entryHref: (seq: number) => `/entries/${seq}` });
    await flushPromises();
    const text = document.querySelector("dialog")!.textContent;
    const order = ["为什么是 ¥361.24", "五分之一留在池中。", "到手", "29,726", "POOL-3", "凭证 36,824", "fc2c6f9c", "ratchet explain"];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});

describe("Steps", () => {
  it("names the step that is now for readers, not by colour alone", () => {
    const shown = show(Steps, { steps: [{ state: "done", title: "申请", at: "2026-11-21T01:18:00Z", seq: 36_613 }, { state: "now", title: "复核" }, { state: "later", title: "付款" }], entry: (seq: number) => ({ text: `凭证 ${seq}`, href: "/e" }) });
    expect(shown.get("[aria-current=step]").text()).toContain("复核");
    expect(shown.text()).toContain("11月21日 09:18");
    expect(shown.text()).toContain("凭证 36613");
  });
});
