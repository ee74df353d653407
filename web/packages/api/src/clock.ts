/** The server's clock, as far as this tab has heard of it: quotes end by it, and a phone's own clock may be wrong. */
let offsetMs = 0;

/** From the `Date` of an answer. */
export function heardTime(date: string | null): void {
  const there = date === null ? Number.NaN : Date.parse(date);
  if (!Number.isNaN(there)) offsetMs = there - Date.now();
}

/** Milliseconds until an instant by the server's clock; 0 where it has passed. */
export function msUntil(instant: string): number {
  return Math.max(0, Date.parse(instant) - Date.now() - offsetMs);
}
