import { describe, expect, it } from "vitest";
import { faults } from "../../../packages/i18n/test/texts.ts";
import en from "../src/texts/en.ts";
import zh from "../src/texts/zh.ts";

describe("the lab's texts", () => {
  it("say the same in both languages and promise nothing", () => {
    expect(faults(zh, en)).toEqual([]);
  });
});
