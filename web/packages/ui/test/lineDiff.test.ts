import { expect, it } from "vitest";
import { lineDiff, stretches } from "../src/plan/lineDiff.ts";

const shown = (before: string, after: string) => lineDiff(before, after).map(({ kind, text, number }) => `${{ same: " ", old: "-", new: "+" }[kind]}${number ?? ""} ${text}`);

it("shows as few lines as can be as changed", () => {
  expect(shown("a\nb\nc\nd", "a\nx\nc\nd\ne")).toEqual([" 1 a", "- b", "+2 x", " 3 c", " 4 d", "+5 e"]);
  expect(shown("a\nb", "a\nb")).toEqual([" 1 a", " 2 b"]);
  expect(shown("a\nb\nc", "c")).toEqual(["- a", "- b", " 1 c"]);
  expect(shown("x\ny\nz\ny", "y\nx\ny")).toEqual(["- x", " 1 y", "- z", "+2 x", " 3 y"]);
});

it("shows a middle that is too long as replaced, and every line of both texts once", () => {
  const before = Array.from({ length: 3_000 }, (_, line) => `a${line}`).join("\n");
  const after = Array.from({ length: 3_000 }, (_, line) => `b${line}`).join("\n");
  const lines = lineDiff(`same\n${before}\nend`, `same\n${after}\nend`);
  expect(lines.length).toBe(6_002);
  expect(lines.at(-1)).toEqual({ kind: "same", text: "end", number: 3_002 });
});

it("folds what is far from any change, and nothing where nothing changed", () => {
  const before = Array.from({ length: 20 }, (_, line) => `${line}`).join("\n");
  const changed = lineDiff(before, before.replace("\n10\n", "\nten\n"));
  const sizes = stretches(changed, ({ number }) => number === 2).map(({ lines, folded }) => `${folded ? "-" : "+"}${lines.length}`);
  expect(sizes).toEqual(["+5", "-2", "+8", "-6"]);
  expect(stretches(lineDiff(before, before), () => false)).toHaveLength(1);
});
