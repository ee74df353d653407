import { grouped, parseDecimal, plain, unitsAt } from "./decimal.ts";
import { type InputFault, parseInput } from "./money.ts";

/** Points are whole numbers of 10⁻¹² of a point. */
export const POINT_DECIMALS = 12;
/** So many decimals stand in lists; explanations show all. */
export const POINT_DECIMALS_SHOWN = 4;
const POINTS_MAX = 10n ** 40n;

/** `17.572336321145` as `17.5723`: cut, never rounded up. */
export function formatPoints(points: string, decimals: number = POINT_DECIMALS_SHOWN): string {
  return grouped(unitsAt(parsePoints(points), decimals), decimals);
}

/** Every decimal there is. */
export function formatPointsInFull(points: string): string {
  const value = parsePoints(points);
  return grouped(value.units, value.scale);
}

/** In units of 10⁻¹² of a point. */
export function pointUnits(points: string): bigint {
  return unitsAt(parsePoints(points), POINT_DECIMALS);
}

/** What somebody typed, as the plain text the API takes, or why it cannot be one. */
export function parsePointsInput(text: string): { points: string } | { fault: InputFault } {
  const parsed = parseInput(text, POINT_DECIMALS, POINTS_MAX);
  if ("fault" in parsed) return parsed;
  const value = parsePoints(parsed.amount);
  return { points: trimmed(value.units, value.scale) };
}

function trimmed(units: bigint, scale: number): string {
  return plain(units, scale).replace(/\.?0+$/, "");
}

function parsePoints(points: string) {
  const value = parseDecimal(points);
  if (!value || value.scale > POINT_DECIMALS) throw new RangeError(`no points: ${points}`);
  return value;
}
