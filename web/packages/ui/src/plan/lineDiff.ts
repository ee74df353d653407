/** A line of two texts: in both, only in the old one, only in the new one. */
export interface DiffLine {
  readonly kind: "same" | "old" | "new";
  readonly text: string;
  /** Its number in the new text; lines that went have none. */
  readonly number?: number;
}

/** Beyond so many pairs of lines the middle is shown as replaced. */
const PAIRS_MOST = 4_000_000;

/** How the new text differs from the old one, line by line: as few lines as can be are shown as changed. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const lines: DiffLine[] = [];
  let number = 0;
  const keep = (text: string) => lines.push({ kind: "same", text, number: (number += 1) });
  const add = (text: string) => lines.push({ kind: "new", text, number: (number += 1) });
  const drop = (text: string) => lines.push({ kind: "old", text });

  now.slice(0, head).forEach(keep);
  middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail), { keep, add, drop });
  now.slice(now.length - tail).forEach(keep);
  return lines;
}

/** Lines in a row, or so many that say nothing new. */
export type Stretch = { readonly lines: readonly DiffLine[]; readonly folded: boolean };

const AROUND = 3;

/** Lines far from any that was changed or that something is said of are folded; where nothing was changed all are shown. */
export function stretches(lines: readonly DiffLine[], isSaid: (line: DiffLine) => boolean): Stretch[] {
  if (lines.every(({ kind }) => kind === "same")) return [{ lines, folded: false }];
  const near = new Set<number>();
  lines.forEach((line, place) => {
    if (line.kind === "same" && !isSaid(line)) return;
    for (let at = place - AROUND; at <= place + AROUND; at += 1) near.add(at);
  });
  const found: { lines: DiffLine[]; folded: boolean }[] = [];
  lines.forEach((line, place) => {
    const folded = !near.has(place);
    const last = found.at(-1);
    if (last?.folded === folded) last.lines.push(line);
    else found.push({ lines: [line], folded });
  });
  // A fold of one line would be as long as the line.
  return found.map((each) => (each.lines.length > 1 ? each : { ...each, folded: false }));
}

interface Sink {
  readonly keep: (text: string) => void;
  readonly add: (text: string) => void;
  readonly drop: (text: string) => void;
}

function middle(old: readonly string[], now: readonly string[], { keep, add, drop }: Sink): void {
  if (old.length * now.length > PAIRS_MOST) {
    old.forEach(drop);
    now.forEach(add);
    return;
  }
  // Length of the longest common part of the rests from each pair on.
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = old[i] === now[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      keep(now[j]!);
      i += 1;
      j += 1;
    } else if (j === now.length || (i < old.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      drop(old[i]!);
      i += 1;
    } else {
      add(now[j]!);
      j += 1;
    }
  }
}
