import { describe, expect, it } from "vitest";
import { path, sampled, spread, ticksFromZero } from "../src/scale.ts";
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
});

describe("a table as CSV", () => {
  it("quotes, and gives no spreadsheet a formula", () => {
    expect(toCsv({ head: ["a", "b"], rows: [["1,5", "=1+1"], ["-3.50", "@x"]] })).toBe('\uFEFFa,b\r\n"1,5",\'=1+1\r\n-3.50,\'@x\r\n');
  });
});
