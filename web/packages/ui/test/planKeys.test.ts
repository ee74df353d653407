import { expect, it } from "vitest";
import { withValue } from "../src/plan/planKeys.ts";

const TEXT = '[split]   # of each line\ncost = "30%" # to suppliers\n[pool.exit]\n  multiple = 3\n';

it("changes the value on its line and nothing else", () => {
  expect(withValue(TEXT, 2, "25%")).toBe(TEXT.replace('"30%"', '"25%"'));
  expect(withValue(TEXT, 4, "2.5")).toBe(TEXT.replace("= 3", "= 2.5"));
});

it("leaves lines alone that set no key", () => {
  expect(withValue(TEXT, 1, "1")).toBe(TEXT);
  expect(withValue(TEXT, 99, "1")).toBe(TEXT);
});

it("lets nothing break out of its value", () => {
  expect(withValue(TEXT, 2, '1%" # \nmode = "live')).toBe(TEXT.replace('"30%"', '"1%  mode = live"'));
  expect(withValue(TEXT, 4, "")).toBe(TEXT.replace("= 3", '= ""'));
});
