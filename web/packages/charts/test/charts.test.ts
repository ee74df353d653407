import { describe, expect, it } from "vitest";
import { columnsOf, isSame } from "../src/people.ts";
import { dots, everyOf, path, sampled, spread, ticksFromZero } from "../src/scale.ts";
import { toCsv } from "../src/table.ts";

describe("scales", () => {
  it("begin at zero and reach the largest value", () => {
    expect(ticksFromZero(25.7, 4)).toEqual([0, 10, 20, 30]);
    expect(ticksFromZero(2_982, 4)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(ticksFromZero(0, 4)).toEqual([0, 1]);
    for (let most = 1; most < 5_000; most += 7) {
      const ticks = ticksFromZero(most, 4);
      expect(ticks.at(-1)!).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(5);
    }
  });

  it("draw lines and steps", () => {
    expect(path([[0, 1], [2, 3]])).toBe("M0.0 1.0L2.0 3.0");
    expect(path([[0, 1], [2, 3]], true)).toBe("M0.0 1.0H2.0V3.0");
    expect(spread([1, 2, 3, 4, 5, 6], 3)).toEqual([1, 3, 5]);
  });
});

describe("many values", () => {
  it("are drawn by the lowest and the highest of each stretch, so that no fall is lost", () => {
    expect(sampled([5, 1, 9, 4, undefined, 7], 2)).toEqual([[1, 1], [2, 9], [3, 4], [5, 7]]);
    expect(sampled([3, 2], 10)).toEqual([[0, 3], [1, 2]]);
    const fall = Array.from({ length: 10_000 }, (_, at) => (at === 4_321 ? 0 : 100));
    expect(sampled(fall, 300)).toContainEqual([4_321, 0]);
    expect(sampled(fall, 300).length).toBeLessThanOrEqual(600);
  });
  it("that are no line are dots, one of so many that a thousand are drawn at most", () => {
    expect([1, 1_000, 1_001, 10_000].map(everyOf)).toEqual([1, 1, 2, 10]);
    expect(dots([[0, 1], [2, 3]])).toBe("M0.0 1.0h0M2.0 3.0h0");
  });
});

describe("many people", () => {
  it("are drawn anew only when something has changed", () => {
    const scene = { whole: [true, false], places: [0, 1], joined: 2, few: 1, others: 0, sorted: 0 };
    expect(isSame(scene, { ...scene })).toBe(true);
    expect(isSame(scene, { ...scene, sorted: 0.5 })).toBe(false);
    expect([1, 4, 5, 10_000].map(columnsOf)).toEqual([1, 2, 3, 100]);
  });
});

describe("a table as CSV", () => {
  it("quotes, and gives no spreadsheet a formula", () => {
    expect(toCsv({ head: ["a", "b"], rows: [["1,5", "=1+1"], ["-3.50", "@x"]] })).toBe('\uFEFFa,b\r\n"1,5",\'=1+1\r\n-3.50,\'@x\r\n');
  });
});
