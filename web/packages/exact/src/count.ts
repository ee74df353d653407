import { grouped } from "./decimal.ts";

/** A count with groups of three. */
export function formatCount(count: number | bigint | string): string {
  return grouped(BigInt(count), 0);
}

/** How many whole `unit`s a count has, where only its size matters: 4,512,345 in 10,000s is `451`. */
export function countIn(unit: bigint, count: number | bigint | string): string {
  return grouped(BigInt(count) / unit, 0);
}
