/** Many people as dots, on a canvas. */
export interface Scene {
  /** Who got back what was spent, in joining order. */
  readonly whole: readonly boolean[];
  /** Where each stands at the end. */
  readonly places: readonly number[];
  readonly joined: number;
  /** From 0 to 1: how far the few stand out, how far the others have their colour, how far all have moved to their places. */
  readonly few: number;
  readonly others: number;
  readonly sorted: number;
}
export interface Colours {
  readonly back: string;
  readonly not: string;
  readonly here: string;
  readonly away: string;
  readonly ground: string;
}

const RADIUS = 0.36;
const RADIUS_BACK = 0.46;
/** Where they are few they come to the middle while they are alone: so many dots wide each, and so far apart. */
const FEW = 0.02;
const GROWN = 1.7;
const APART = 4.4;
/** While the few stand out the others step back. */
const BEHIND = 0.45;
/** Of a cell: a dot that is larger reaches into the next one. */
const HALF = 0.5;
/** So many times finer than it is shown. */
const FINER = 2;
/** They stand on a ground of their own. */
const HALO = 0.5;

/** As the page has them. */
export function colours(of: Element): Colours {
  const style = getComputedStyle(of);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return { back: token("--series-1"), not: token("--series-2"), here: token("--series-3"), away: token("--series-3-soft"), ground: token("--bg") };
}

/** Dots on a row. */
export function columnsOf(people: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(people)));
}

/** Whether both look the same. */
export function isSame(a: Scene, b: Scene): boolean {
  return a.whole === b.whole && a.places === b.places && a.joined === b.joined && a.few === b.few && a.others === b.others && a.sorted === b.sorted;
}

/** The whole scene on a square of `size`. */
export function paint(on: CanvasRenderingContext2D, size: number, scene: Scene, is: Colours): void {
  const { whole, few, others } = scene;
  const cell = size / columnsOf(whole.length);
  on.globalAlpha = 1;
  on.fillStyle = is.ground;
  on.fillRect(0, 0, size, size);
  dots(on, cell, scene, (at) => at >= scene.joined, RADIUS, is.away);
  const stands = (at: number) => at < scene.joined && (few === 0 && others === 0 ? true : !whole[at]);
  if (others < 1) {
    on.globalAlpha = 1 - (1 - BEHIND) * few;
    dots(on, cell, scene, stands, RADIUS, is.here);
  }
  if (others > 0) {
    on.globalAlpha = others;
    dots(on, cell, scene, stands, RADIUS, is.not);
  }
  if (few === 0 && others === 0) return;
  on.globalAlpha = 1;
  const back = (at: number) => at < scene.joined && whole[at] === true;
  const gathered = gathering(whole);
  const radius = RADIUS_BACK + (gathered ? (GROWN - RADIUS_BACK) * few : 0);
  if (gathered && few > 0) dots(on, cell, scene, back, radius + HALO * few, is.ground, gathered);
  dots(on, cell, scene, back, radius, is.back, gathered);
}

/** Where each of the few stands in the middle, in dots from the corner. */
function gathering(whole: readonly boolean[]): ((at: number) => readonly [number, number]) | undefined {
  const few = whole.flatMap((isBack, at) => (isBack ? [at] : []));
  if (few.length === 0 || few.length > whole.length * FEW) return undefined;
  const high = Math.ceil(few.length / Math.max(Math.floor(columnsOf(whole.length) / APART) - 2, 1));
  const wide = Math.ceil(few.length / high);
  const middle = columnsOf(whole.length) / 2;
  const rank = new Map(few.map((at, place) => [at, place]));
  return (at) => {
    const place = rank.get(at) ?? 0;
    const row = Math.floor(place / wide);
    const inRow = row < high - 1 ? wide : few.length - row * wide;
    return [middle + ((place % wide) - (inRow - 1) / 2) * APART - 0.5, middle + (row - (high - 1) / 2) * APART - 0.5];
  };
}

/** Only those who have come since `from`: while they come nothing else changes. */
export function paintNew(on: CanvasRenderingContext2D, size: number, scene: Scene, from: number, is: Colours): void {
  on.globalAlpha = 1;
  dots(on, size / columnsOf(scene.whole.length), scene, (at) => at >= from && at < scene.joined, RADIUS + 0.04, is.here);
}

/**
 * Those who stand at a place of their own are drawn a row at a time, with a pattern of one dot: ten thousand arcs in one path take a slow phone
 * far too long. Those who are on their way are squares, which are not told apart while they move; the few who are gathered are arcs.
 */
function dots(on: CanvasRenderingContext2D, cell: number, { whole, places, sorted, few }: Scene, shown: (at: number) => boolean, radius: number, colour: string, gathered?: (at: number) => readonly [number, number]): void {
  const columns = columnsOf(whole.length);
  const standing: boolean[] = [];
  on.fillStyle = colour;
  on.beginPath();
  for (let at = 0; at < whole.length; at += 1) {
    if (!shown(at)) continue;
    const to = places[at] ?? at;
    const isGathered = gathered !== undefined && few > 0;
    if (!isGathered && radius <= HALF && (sorted === 0 || sorted === 1 || to === at)) {
      standing[sorted === 0 ? at : to] = true;
      continue;
    }
    let x = (at % columns) * (1 - sorted) + (to % columns) * sorted;
    let y = Math.floor(at / columns) * (1 - sorted) + Math.floor(to / columns) * sorted;
    if (isGathered) {
      const [middleX, middleY] = gathered(at);
      [x, y] = [x * (1 - few) + middleX * few, y * (1 - few) + middleY * few];
      [x, y] = [(x + HALF) * cell, (y + HALF) * cell];
      on.moveTo(x + radius * cell, y);
      on.arc(x, y, radius * cell, 0, 7);
    } else {
      on.rect((x + HALF - radius) * cell, (y + HALF - radius) * cell, 2 * radius * cell, 2 * radius * cell);
    }
  }
  on.fill();
  if (standing.length === 0) return;
  on.fillStyle = oneDot(on, cell, radius, colour) ?? colour;
  on.beginPath();
  for (let from = 0; from < standing.length; from += 1) {
    if (!standing[from]) continue;
    let to = from + 1;
    while (standing[to] && to % columns !== 0) to += 1;
    on.rect((from % columns) * cell, Math.floor(from / columns) * cell, (to - from) * cell, cell);
    from = to - 1;
  }
  on.fill();
}

/** A dot in its cell, to be repeated. */
function oneDot(on: CanvasRenderingContext2D, cell: number, radius: number, colour: string): CanvasPattern | undefined {
  const side = Math.ceil(cell) * FINER;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  const dot = canvas.getContext("2d");
  if (!dot) return undefined;
  dot.fillStyle = colour;
  dot.arc(side / 2, side / 2, radius * side, 0, 7);
  dot.fill();
  const pattern = on.createPattern(canvas, "repeat") ?? undefined;
  pattern?.setTransform(new DOMMatrix().scale(cell / side));
  return pattern;
}
