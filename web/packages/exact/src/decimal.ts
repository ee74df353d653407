/** A decimal number as a whole number of units: `units / 10^scale`. Nothing here is ever a float. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const FORM = /^-?\d{1,40}(?:\.\d{1,20})?$/;

/** Reads `-12.50`. `null` where the text is no plain decimal number. */
export function parseDecimal(text: string): Decimal | null {
  if (!FORM.test(text)) return null;
  const point = text.indexOf(".");
  if (point < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** Whether an amount of the server is nothing: `0`, `0.00`. An absent one, written as an empty text, is too. */
export function isZero(text: string): boolean {
  return /^[0.]*$/.test(text);
}

/** The amount with the other sign. */
export function negated(text: string): string {
  if (isZero(text)) return text;
  return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/** The same number in units of `10^-scale`, cut towards zero: what is shown never exceeds what is there. */
export function unitsAt(value: Decimal, scale: number): bigint {
  const shift = scale - value.scale;
  if (shift === 0) return value.units;
  return shift >= 0 ? value.units * 10n ** BigInt(shift) : value.units / 10n ** BigInt(-shift);
}

/** Units as plain text with exactly `scale` decimals: `-1234` at 2 is `-12.34`. */
export function plain(units: bigint, scale: number): string {
  const [sign, digits] = signAndDigits(units, scale);
  return sign + joined(digits, scale, (whole) => whole);
}

/** Units for people: groups of three, and the minus sign U+2212. */
export function grouped(units: bigint, scale: number): string {
  const [sign, digits] = signAndDigits(units, scale);
  return (sign ? "\u2212" : "") + joined(digits, scale, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

function signAndDigits(units: bigint, scale: number): [string, string] {
  const size = units < 0n ? -units : units;
  return [units < 0n ? "-" : "", size.toString().padStart(scale + 1, "0")];
}

function joined(digits: string, scale: number, whole: (text: string) => string): string {
  if (scale === 0) return whole(digits);
  return `${whole(digits.slice(0, -scale))}.${digits.slice(-scale)}`;
}
