import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandOf, explicit, fromLink, type Link, toLink } from "../src/link.ts";
import { compared, lastWhole, nth, samples, wholeOnes } from "../src/outcome.ts";
import { applies, withSwitches } from "../src/switches.ts";
import { dayAt, FIRST, frameAt, LAST, placesOf, WHOLE_MS } from "../src/timing.ts";
import type { Question } from "../src/types.ts";
import { resultOf } from "./result.ts";

/** Links and what they ask, which the server's side reads in its tests too. */
const LINKS = JSON.parse(readFileSync(join(import.meta.dirname, "links.json"), "utf8")) as { link: string; question: Question; version?: string; digest?: string }[];

describe("links", () => {
  it.each(LINKS)("$link asks what it was made of", async ({ link, ...asked }) => {
    expect(await fromLink(link)).toEqual(asked);
    // Deflate may pack a text in another way elsewhere; it says the same.
    const again = await toLink(asked as Link);
    if (!link.includes("_text=")) expect(again).toBe(link);
    expect(await fromLink(`https://example.org/lab#${again}`)).toEqual(asked);
  });

  it("that ask nothing or are damaged are told apart", async () => {
    expect(await fromLink("#")).toBeUndefined();
    for (const broken of ["#plan=x&pool=3", "#set=pool", "#count=many", "#plan_text=%%%", "#plan_text=AAAA", "#count=5&scenario=steady"]) await expect(fromLink(broken), broken).rejects.toThrow();
  });

  it("leave nothing to a default, and name the command", async () => {
    const link = await toLink({ question: explicit({}) });
    expect(link).toBe("plan=value-growth&count=10000&spend=1000.00&seed=1");
    expect(commandOf(link)).toBe("ratchet lab 'plan=value-growth&count=10000&spend=1000.00&seed=1'");
    // A scenario brings its own plan.
    expect(await toLink({ question: explicit({ people: { preset: "steady" } }) })).toBe("scenario=steady&seed=1");
  });
});

describe("switches", () => {
  it("change the question, alone and together", async () => {
    expect(await toLink({ question: withSwitches({}, ["stop", "sell", "pool"]) })).toBe("plan=value-growth&set=split.pool%3D60%25&set=split.commission%3D0%25&count=10000&spend=1000.00&only=5000&sell_daily=3%25&seed=1");
  });
  it("stand only where they change something", () => {
    expect(applies("stop", { people: { preset: "steady" } })).toBe(false);
    expect(applies("sell", withSwitches({}, ["sell"]))).toBe(false);
    expect(applies("pool", withSwitches({}, ["stop"]))).toBe(true);
  });
});

describe("the moment of the dots", () => {
  it("fills, holds the few alone for a beat, then sorts", () => {
    expect(frameAt(0)).toEqual(FIRST);
    expect(frameAt(1_500)).toMatchObject({ filled: 0.5, few: 0, others: 0, sorted: 0 });
    for (const ms of [3_300, 4_000, 4_800]) expect(frameAt(ms)).toEqual({ filled: 1, few: 1, others: 0, sorted: 0 });
    expect(frameAt(WHOLE_MS)).toBe(LAST);
    expect(frameAt(WHOLE_MS - 1).sorted).toBeLessThan(1);
  });
  it("follows the course", () => {
    const course = [1, 2, 3, 4].map((day) => ({ day, members: day * 100 }));
    expect([0, 0.25, 0.99, 1].map((filled) => dayAt(course, filled)?.day)).toEqual([1, 2, 4, 4]);
    expect(dayAt([], 1)).toBeUndefined();
  });
  it("puts who got it back first, and keeps the order of joining", () => {
    expect(placesOf([false, true, false, true])).toEqual([2, 0, 3, 1]);
  });
});

describe("outcomes", () => {
  const result = resultOf([["1000.00", "2400.00", "0.07"], ["1000.00", "0.00", "1000.00"], ["1000.00", "0.00", "999.99"]]);
  it("are exact, buyer by buyer", () => {
    expect(nth(result, 1)).toMatchObject({ value: "2400.07", whole: true });
    expect(wholeOnes(result)).toEqual([true, true, false]);
    expect(lastWhole(result)?.number).toBe(2);
    expect(nth(result, 99).number).toBe(3);
  });
  it("are compared person by person", () => {
    const other = resultOf([["1000.00", "2400.00", "0.07"], ["1000.00", "0.00", "1000.01"], ["1000.00", "0.00", "0.00"]]);
    expect(compared(result, other)).toEqual({ better: 1, worse: 1, same: 1 });
    expect(compared(result, resultOf([["1.00", "0.00", "0.00"]]))).toBeUndefined();
  });
  it("stand in a table by a few", () => {
    expect(samples(26, [13])).toEqual([1, 2, 5, 10, 13, 20, 26]);
  });
});
