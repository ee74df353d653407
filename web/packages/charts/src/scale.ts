/** Pixels are the only place where exact numbers become floats. */
export function toFloat(decimal: string): number {
  return Number(decimal);
}

/** Ticks from zero to at least `most`, at most `count` steps, of 1, 2 or 5 times a power of ten. */
export function ticksFromZero(most: number, count: number): number[] {
  if (!(most > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most / count));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each * count >= most) ?? most;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, place) => place * step);
}

/** Most values that a chart draws one by one. */
const DRAWN_MOST = 1_000;

/** Of so many values one in how many is drawn as a dot. */
export function everyOf(values: number): number {
  return Math.max(1, Math.ceil(values / DRAWN_MOST));
}

/** Dots as a path: a line without length has the ends of a line. */
export function dots(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
}

/** At most `count` of the items, the first and evenly spaced ones. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const step = Math.ceil(items.length / count);
  return items.filter((_, place) => place % step === 0);
}

/** `M x y L x y …`, one decimal. */
export function path(points: readonly (readonly [number, number])[], step = false): string {
  let drawn = "";
  points.forEach(([x, y], place) => {
    if (place === 0) drawn = `M${x.toFixed(1)} ${y.toFixed(1)}`;
    else drawn += step ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return drawn;
}

/** At most `most` stretches of the values, the lowest and the highest of each: a fall within one stays visible. */
export function sampled(values: readonly (number | undefined)[], most: number): (readonly [number, number])[] {
  const step = Math.max(1, Math.ceil(values.length / most));
  const found: (readonly [number, number])[] = [];
  for (let from = 0; from < values.length; from += step) {
    let [low, high]: [number, number] = [-1, -1];
    for (let at = from; at < Math.min(from + step, values.length); at += 1) {
      const value = values[at];
      if (value === undefined) continue;
      if (low < 0 || value < (values[low] ?? value)) low = at;
      if (high < 0 || value > (values[high] ?? value)) high = at;
    }
    if (low < 0) continue;
    for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) found.push([at, values[at] ?? 0]);
  }
  return found;
}
