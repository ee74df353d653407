// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import enPlan from "../src/en-plan.ts";
import en from "../src/en.ts";
import { about, common, dateTime, day, language, month, preferredLanguage, setLanguage, waited } from "../src/index.ts";
import zhPlan from "../src/zh-plan.ts";
import zh from "../src/zh.ts";
import { faults } from "./texts.ts";

const ZONE = "+08:00";

beforeEach(() => localStorage.clear());

describe("texts", () => {
  it("both languages say the same things, promise nothing, and English has no Chinese in it", () => {
    expect([...faults(zh, en), ...faults(zhPlan, enPlan)]).toEqual([]);
  });

  it("the check finds what it is for", () => {
    expect(faults({ a: "好" }, { b: "x" })).toEqual(["a is missing in English", "b is missing in Chinese"]);
    expect(faults({ a: (x: string) => x }, { a: "x" })).toEqual(["a takes other facts in English"]);
    expect(faults({ a: "稳赚" }, { a: "guaranteed" })).toEqual(["a promises: 稳赚", "a promises: guaranteed"]);
    expect(faults({ a: "好" }, { a: "好" })).toEqual(["a is not English"]);
  });
});

describe("language", () => {
  it("changes every text, the page's language and what the next visit begins with", async () => {
    await setLanguage("zh");
    expect(common.value.close).toBe("关闭");
    await setLanguage("en");
    expect(common.value.close).toBe("Close");
    expect(document.documentElement.lang).toBe("en");
    expect(language.value).toBe("en");
    expect(preferredLanguage()).toBe("en");
  });
});

describe("dates, spans and sizes", () => {
  it("in Chinese", async () => {
    await setLanguage("zh");
    expect(dateTime("2026-11-22T06:05:00Z", ZONE, "2026-12-01T00:00:00Z")).toBe("11月22日 14:05");
    expect(day("2025-11-22T06:05:00Z", ZONE, "2026-12-01T00:00:00Z")).toBe("2025年11月22日");
    expect(month("2026-11-22T06:05:00Z", ZONE)).toBe("11月");
    expect([waited(57), waited(60 * 30), waited(60 * 48)]).toEqual(["57 分钟", "30 小时", "2 天"]);
    expect([about("9999"), about("4512345")]).toEqual(["9,999", "451 万"]);
  });

  it("in English", async () => {
    await setLanguage("en");
    expect(dateTime("2026-11-22T06:05:00Z", ZONE, "2026-12-01T00:00:00Z")).toBe("22 Nov, 14:05");
    expect(day("2025-11-22T06:05:00Z", ZONE, "2026-12-01T00:00:00Z")).toBe("22 Nov 2025");
    expect([waited(1), waited(61)]).toEqual(["1 minute", "1 hour"]);
    expect([about("9999"), about("45123"), about("45123456")]).toEqual(["9,999", "45 thousand", "45 million"]);
  });
});
