import { grouped, parseDecimal, plain, unitsAt } from "./decimal.ts";

/** Parts per million as a percentage with two decimals, cut: `178217` is `17.82%`. */
export function formatPpm(ppm: bigint | number | string, decimals: number = 2): string {
  const units = BigInt(ppm);
  const scaled = decimals <= 4 ? units / 10n ** BigInt(4 - decimals) : units * 10n ** BigInt(decimals - 4);
  return `${grouped(scaled, decimals)}%`;
}

/** A rate as the plan writes it (`20%`, `3‰`) or as a decimal part (`0.178217`), as a percentage; trailing zeros go. */
export function formatRate(rate: string): string {
  return `${trim(grouped(percentUnits(rate), 4))}%`;
}

/** A share with two decimals, cut. */
export function formatShare(rate: string): string {
  return `${grouped(percentUnits(rate) / 100n, 2)}%`;
}

/** What a share of every 100 units of money is, in parts per million, as plain text, cut: `195512` is `19.55`. */
export function perHundred(ppm: bigint | number | string): string {
  return plain(BigInt(ppm) / 100n, 2);
}

/** In units of 10⁻⁴ of a per cent, cut. */
function percentUnits(rate: string): bigint {
  const sign = rate.at(-1);
  const [text, shift] = sign === "%" ? [rate.slice(0, -1), 4] : sign === "‰" ? [rate.slice(0, -1), 3] : [rate, 6];
  const value = parseDecimal(text);
  if (!value) throw new RangeError(`no rate: ${rate}`);
  return unitsAt(value, shift);
}

function trim(text: string): string {
  return text.replace(/\.?0+$/, "");
}
