import { type Currency, currency, minorUnits, moneySum } from "@ratchet/exact";
import type { Result } from "./types.ts";

/** One buyer of a result: what was spent, what came back in cash, what the points would bring now, and both together. */
export interface Outcome {
  readonly number: number;
  readonly spent: string;
  readonly cash: string;
  readonly held: string;
  readonly value: string;
  /** The value in minor units. */
  readonly units: bigint;
  /** Both together are at least what was spent. */
  readonly whole: boolean;
}

export function currencyOf({ currency: { code, decimals } }: Result): Currency {
  return { ...currency(code), decimals };
}

/** A line turns once in so many people at most. */
const TURNS_RARE = 10;

/** Every buyer, computed once for each result: what many places show of ten thousand people is asked often. */
const known = new WeakMap<Result, readonly Outcome[]>();

export function outcomes(result: Result): readonly Outcome[] {
  const before = known.get(result);
  if (before) return before;
  const of = currencyOf(result);
  // Most spend the same and most have received the same, so each text is read once.
  const read = new Map<string, bigint>();
  const units = (amount: string): bigint => {
    const found = read.get(amount) ?? minorUnits(amount, of);
    read.set(amount, found);
    return found;
  };
  const { spent, cash, held } = result.outcomes;
  const all = spent.map((each, place): Outcome => {
    const [received = "0", points = "0"] = [cash[place], held[place]];
    const [ofCash, ofPoints] = [units(received), units(points)];
    // Most have one of the two, which is a text already.
    const value = ofCash === 0n ? points : ofPoints === 0n ? received : moneySum(received, points, of);
    return { number: place + 1, spent: each, cash: received, held: points, value, units: ofCash + ofPoints, whole: ofCash + ofPoints >= units(each) };
  });
  known.set(result, all);
  return all;
}

/** The n-th buyer in joining order, from 1; before the first the first, after the last the last. */
export function nth(result: Result, number: number): Outcome {
  const all = outcomes(result);
  const found = all[Math.min(Math.max(number, 1), all.length) - 1];
  if (!found) throw new RangeError("a result has buyers");
  return found;
}

/** Who got back what was spent, buyer by buyer. */
export function wholeOnes(result: Result): boolean[] {
  return outcomes(result).map(({ whole }) => whole);
}

/** The last buyer who got back what was spent. */
export function lastWhole(result: Result): Outcome | undefined {
  return [...outcomes(result)].reverse().find(({ whole }) => whole);
}

/** Whether one has more and the next one less, all along: such outcomes are no line. */
export function isScattered(result: Result): boolean {
  const values = outcomes(result).map(({ units }) => units);
  let turns = 0;
  let up: boolean | undefined;
  for (let at = 1; at < values.length; at += 1) {
    if (values[at] === values[at - 1]) continue;
    const rises = values[at]! > values[at - 1]!;
    if (up !== undefined && rises !== up) turns += 1;
    up = rises;
  }
  return turns * TURNS_RARE > values.length;
}

/** What everybody spent, where all spent the same. */
export function eachSpent({ outcomes: { spent } }: Result): string | undefined {
  const [first] = spent;
  return spent.every((each) => each === first) ? first : undefined;
}

/** Buyers that stand for the others in a table: the first ones, then ever farther apart, and the last. */
export function samples(buyers: number, also: readonly number[]): number[] {
  const found = new Set(also.filter((number) => number >= 1 && number <= buyers));
  for (let power = 1; power <= buyers; power *= 10) for (const step of [1, 2, 5]) if (power * step <= buyers) found.add(power * step);
  found.add(buyers);
  return [...found].sort((a, b) => a - b);
}

/** The same people under two plans: how many get more, less, the same. */
export function compared(before: Result, after: Result): { better: number; worse: number; same: number } | undefined {
  if (before.buyers !== after.buyers || before.currency.code !== after.currency.code) return undefined;
  const counts = { better: 0, worse: 0, same: 0 };
  const others = outcomes(before);
  outcomes(after).forEach(({ units }, place) => {
    const by = units - others[place]!.units;
    counts[by > 0n ? "better" : by < 0n ? "worse" : "same"] += 1;
  });
  return counts;
}
