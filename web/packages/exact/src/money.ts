import { grouped, parseDecimal, plain, unitsAt } from "./decimal.ts";

/** How amounts of a currency are written. */
export interface Currency {
  readonly code: string;
  readonly sign: string;
  readonly decimals: number;
}

const SIGNS: Record<string, string> = { CNY: "¥", JPY: "¥", EUR: "€", USD: "$", GBP: "£" };
const WITHOUT_DECIMALS = new Set(["JPY", "KRW", "VND"]);

/** The most one command may carry, in minor units (docs/spec/limits.md). */
export const AMOUNT_MAX_MINOR = 10_000_000_000_000n;

export function currency(code: string): Currency {
  return { code, sign: SIGNS[code] ?? `${code}\u00a0`, decimals: WITHOUT_DECIMALS.has(code) ? 0 : 2 };
}

/** `1234.5` as `¥1,234.50`. Throws where the server sent no amount: a wrong figure is worse than none. */
export function formatMoney(amount: string, of: Currency): string {
  const units = minorUnits(amount, of);
  const text = grouped(units < 0n ? -units : units, of.decimals);
  return `${units < 0n ? "\u2212" : ""}${of.sign}${text}`;
}

/** In minor units. */
export function minorUnits(amount: string, of: Currency): bigint {
  const value = parseDecimal(amount);
  if (!value || value.scale > of.decimals) throw new RangeError(`no amount in ${of.code}: ${amount}`);
  return unitsAt(value, of.decimals);
}

/** Less than, equal or more: −1, 0, 1. */
export function compareMoney(a: string, b: string, of: Currency): -1 | 0 | 1 {
  const difference = minorUnits(a, of) - minorUnits(b, of);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `a − b` as plain text, to say how far two quotes are apart. */
export function moneyBetween(a: string, b: string, of: Currency): string {
  return plain(minorUnits(a, of) - minorUnits(b, of), of.decimals);
}

/** `a + b` as plain text: two figures of one person that the server sends apart. */
export function moneySum(a: string, b: string, of: Currency): string {
  return plain(minorUnits(a, of) + minorUnits(b, of), of.decimals);
}

/** Why a text that somebody typed is no amount. */
export type InputFault = "empty" | "form" | "decimals" | "zero" | "too_large";

/** What somebody typed, as the plain text the API takes, or why it cannot be one. */
export function parseMoneyInput(text: string, of: Currency): { amount: string } | { fault: InputFault } {
  return parseInput(text, of.decimals, AMOUNT_MAX_MINOR);
}

/** For amounts of any unit: full-width digits, spaces, a currency sign and group commas are forgiven, nothing else is. */
export function parseInput(text: string, decimals: number, most: bigint): { amount: string } | { fault: InputFault } {
  const cleaned = text.normalize("NFKC").replace(/[\s¥]/g, "");
  if (cleaned === "") return { fault: "empty" };
  if (!/^(\d{1,3}(,\d{3})+|\d+)(\.\d*)?$/.test(cleaned)) return { fault: "form" };
  const [whole = "", fraction = ""] = cleaned.replaceAll(",", "").split(".");
  if (fraction.length > decimals) return { fault: "decimals" };
  const units = BigInt(whole + fraction.padEnd(decimals, "0"));
  if (units === 0n) return { fault: "zero" };
  if (units > most) return { fault: "too_large" };
  return { amount: plain(units, decimals) };
}
