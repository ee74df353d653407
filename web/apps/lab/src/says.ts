import { type Currency, formatCount, formatMoney, formatPoints, isZero, minorUnits } from "@ratchet/exact";
import { language } from "@ratchet/i18n";
import { currencyOf, eachSpent, isScattered, nth, outcomes } from "./outcome.ts";
import { t } from "./texts.ts";
import type { Buyer, Day, Result } from "./types.ts";

/** Sentences about a result. Each is chosen by its numbers, so that it is true whatever plan was run. */
export const money = (result: Result, amount: string) => formatMoney(amount, currencyOf(result));
export const hundredOf = (result: Result) => money(result, "100");

const isNothing = (amount: string, of: Currency) => minorUnits(amount, of) === 0n;

export function heading(result: Result): string {
  const each = eachSpent(result);
  return each === undefined ? t.value.result.allOwn(formatCount(result.buyers)) : t.value.result.all(formatCount(result.buyers), money(result, each));
}

/** Who stands in the middle; the figure follows it. */
export function middle(result: Result): string {
  const { spent, cash, held } = result.middle;
  const [of, says] = [currencyOf(result), t.value.result];
  if (isNothing(cash, of)) return says.middleHeld(money(result, spent));
  return isNothing(held, of) ? says.middleCash(money(result, spent)) : says.middleBoth(money(result, spent));
}

/** In what form those have it who got it back, and what the last one has. */
export function besides(result: Result): string[] {
  const says = t.value.result;
  const whole = formatCount(result.whole);
  const back = result.whole === 0 ? says.nobody : result.in_cash === result.whole ? says.allCash(whole) : says.inCash(whole, formatCount(result.in_cash));
  const last = says.last(money(result, result.newest.spent), money(result, result.newest.value));
  return [says.half, back, last, ...(result.refused ? [says.refused(formatCount(result.refused))] : [])];
}

export function valueName(result: Result, { cash }: Pick<Buyer, "cash">): string {
  return isNothing(cash, currencyOf(result)) ? t.value.nth.value : t.value.nth.valueBoth;
}

/** What the curve over all buyers shows. */
export function curve(result: Result): string {
  const [of, says] = [currencyOf(result), t.value.nth];
  if (isScattered(result)) {
    const all = outcomes(result);
    const extreme = (isBeyond: (a: bigint, b: bigint) => boolean) => all.reduce((found, each) => (isBeyond(each.units, found.units) ? each : found));
    return says.differ(money(result, extreme((a, b) => a < b).value), money(result, extreme((a, b) => a > b).value));
  }
  const [first, last] = [nth(result, 1).value, nth(result, result.buyers).value];
  const by = minorUnits(first, of) - minorUnits(last, of);
  if (by === 0n) return says.even(money(result, first));
  return by > 0n ? says.early(money(result, first), money(result, last)) : says.late(money(result, first), money(result, last));
}

/** The price day by day; before the first order has settled there is none. */
export function pricesOf({ course }: Result): (string | undefined)[] {
  return course.map(({ price }) => (price && !isZero(price) ? price : undefined));
}

/** The days with a price, and those with somebody whose order had settled. */
export interface Course {
  readonly first: string;
  readonly last: string;
  readonly rose: boolean;
  readonly newest: readonly { readonly spent: string; readonly value: string }[];
}
export function courseOf(result: Result): Course | undefined {
  const prices = pricesOf(result).flatMap((price) => price ?? []);
  const newest = result.course.flatMap(({ newest: each }) => (each ? [each] : []));
  const [first, last] = [prices[0], prices.at(-1)];
  if (first === undefined || last === undefined || newest.length === 0) return undefined;
  return { first, last, rose: formatPoints(last) !== formatPoints(first) && isMore(last, first), newest };
}

function isMore(a: string, b: string): boolean {
  const scale = { code: "", sign: "", decimals: 12 };
  return minorUnits(a, scale) > minorUnits(b, scale);
}

/** Of a point, with the sign of its currency. */
const priceOf = (result: Result, price: string) => `${currencyOf(result).sign}${formatPoints(price)}`;

export function priceFinding(result: Result, { first, last, rose }: Course): string {
  return t.value.price[rose ? "rose" : "fell"](priceOf(result, first), priceOf(result, last));
}
export function newestFinding(result: Result, { newest }: Course): string {
  const last = newest.at(-1)!;
  return t.value.price.newest(money(result, last.spent), money(result, last.value));
}

/** Why both are true. */
export function resolves(result: Result, { newest, rose }: Course): string {
  const [first, last] = [newest[0]!, newest.at(-1)!];
  const says = t.value.price;
  if (!rose || first.spent !== last.spent) return says.plain(money(result, first.value), money(result, last.value));
  const { middle: { number, value } } = result;
  const why = says.resolves(money(result, last.spent), money(result, first.value), money(result, last.value));
  return nth(result, number).whole ? why : sentences([why, says.middle(money(result, value))]);
}

/** One after another, as the language writes them. */
export const sentences = (all: readonly string[]) => all.join(language.value === "zh" ? "" : " ");

export function joining(result: Result, day: Day | undefined): string[] {
  if (!day) return [];
  return [t.value.result.joining(formatCount(day.members)), ...(day.price && !isZero(day.price) ? [t.value.result.price(priceOf(result, day.price))] : [])];
}
