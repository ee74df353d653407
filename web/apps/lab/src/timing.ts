import type { Day } from "./types.ts";

/** The one theatrical moment: everybody joins, then those who got it back are seen alone, then all others; at last they stand in line. */
const FILL_MS = 3_000;
const LIGHT_MS = 300;
const HOLD_MS = 1_500;
const SORT_MS = 700;
export const WHOLE_MS = FILL_MS + LIGHT_MS + HOLD_MS + SORT_MS;

/** A moment of it; each part from 0 to 1. */
export interface Frame {
  /** Of the course. */
  readonly filled: number;
  /** How far the few stand out. */
  readonly few: number;
  /** How far the others have their colour. */
  readonly others: number;
  /** How far all have moved to where they belong. */
  readonly sorted: number;
}
/** Without motion only this one is shown. */
export const LAST: Frame = { filled: 1, few: 0, others: 1, sorted: 1 };
/** Before anything has happened. */
export const FIRST: Frame = { filled: 0, few: 0, others: 0, sorted: 0 };

export function frameAt(ms: number): Frame {
  if (ms >= WHOLE_MS) return LAST;
  const lit = part(ms, FILL_MS, LIGHT_MS);
  const sorting = eased(part(ms, FILL_MS + LIGHT_MS + HOLD_MS, SORT_MS));
  return { filled: part(ms, 0, FILL_MS), few: lit * (1 - sorting), others: sorting, sorted: sorting };
}

function part(ms: number, from: number, length: number): number {
  return Math.min(Math.max((ms - from) / length, 0), 1);
}

function eased(at: number): number {
  return at * at * (3 - 2 * at);
}

/** The day that is shown when so much of the course has passed. */
export function dayAt(course: readonly Day[], filled: number): Day | undefined {
  return course[Math.min(Math.floor(filled * course.length), course.length - 1)];
}

/** Where each stands at the end: those who got it back first, everybody else behind them, both in joining order. */
export function placesOf(whole: readonly boolean[]): number[] {
  let [front, behind] = [0, whole.filter(Boolean).length];
  return whole.map((isWhole) => (isWhole ? front++ : behind++));
}
