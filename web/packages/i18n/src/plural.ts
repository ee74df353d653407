const ENGLISH = new Intl.PluralRules("en");

/** A count with the word that goes with it; the count may be written as it is shown: `1 member`, `1,234 members`. */
export function many(count: number | string, one: string, other: string): string {
  return `${count} ${which(count, one, other)}`;
}

/** The form alone. */
export function which(count: number | string, one: string, other: string): string {
  const value = typeof count === "number" ? count : Number.parseInt(count.replaceAll(",", ""), 10);
  return ENGLISH.select(value) === "one" ? one : other;
}
