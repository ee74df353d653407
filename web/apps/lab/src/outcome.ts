import { type Currency, currency, minorUnits, moneySum } from "@ratchet/exact";
import type { Result } from "./types.ts";

/** One buyer of a result: what was spent, what came back in cash, what the points would bring now, and both together. */
export interface Outcome {
  readonly number: number;
  readonly spent: string;
  readonly cash: string;
  readonly held: string;
  readonly value: string;
  /** Both together are at least what was spent. */
  readonly whole: boolean;
}

export function currencyOf({ currency: { code, decimals } }: Result): Currency {
  return { ...currency(code), decimals };
}

/** The n-th buyer in joining order, from 1. */
export function nth(result: Result, number: number): Outcome {
  const place = Math.min(Math.max(number, 1), result.buyers) - 1;
  const [spent = "0", cash = "0", held = "0"] = [result.outcomes.spent[place], result.outcomes.cash[place], result.outcomes.held[place]];
  const of = currencyOf(result);
  const value = moneySum(cash, held, of);
  return { number: place + 1, spent, cash, held, value, whole: minorUnits(value, of) >= minorUnits(spent, of) };
}

/** Who got back what was spent, buyer by buyer. */
export function wholeOnes(result: Result): boolean[] {
  return result.outcomes.spent.map((_, place) => nth(result, place + 1).whole);
}

/** The last buyer who got back what was spent. */
export function lastWhole(result: Result): Outcome | undefined {
  for (let number = result.buyers; number >= 1; number -= 1) {
    const buyer = nth(result, number);
    if (buyer.whole) return buyer;
  }
  return undefined;
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
  const of = currencyOf(before);
  const counts = { better: 0, worse: 0, same: 0 };
  for (let number = 1; number <= before.buyers; number += 1) {
    const by = minorUnits(nth(after, number).value, of) - minorUnits(nth(before, number).value, of);
    counts[by > 0n ? "better" : by < 0n ? "worse" : "same"] += 1;
  }
  return counts;
}
