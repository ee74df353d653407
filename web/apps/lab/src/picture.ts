import { colours, paint, saveFile } from "@ratchet/charts";
import { formatCount } from "@ratchet/exact";
import { common } from "@ratchet/i18n";
import { placesOf } from "./timing.ts";
import { wholeOnes } from "./outcome.ts";
import { besides, heading, middle, money, sentences } from "./says.ts";
import { t } from "./texts.ts";
import type { Result } from "./types.ts";

/** The result as a picture: the sandbox mark, numbers, dots, digest, and no promise. */
const WIDTH = 1_080;
const HEIGHT = 1_560;
const MARGIN = 60;
const STRIP = 72;

export function savePicture(result: Result): void {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const on = canvas.getContext("2d");
  if (!on) return;
  draw(on, result);
  canvas.toBlob((blob) => {
    if (blob) saveFile(`ratchet-lab-${result.digest.slice(0, 8)}.png`, blob);
  });
}

function draw(on: CanvasRenderingContext2D, result: Result): void {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const family = getComputedStyle(document.body).fontFamily;
  const write = (text: string, y: number, size: number, colour: string, weight = 400): number => {
    on.font = `${weight} ${size}px ${family}`;
    on.fillStyle = token(colour);
    let at = y;
    for (const line of wrapped(on, text, WIDTH - 2 * MARGIN)) {
      on.fillText(line, MARGIN, at);
      at += Math.trunc(size * 1.4);
    }
    return at;
  };
  on.textBaseline = "top";
  on.fillStyle = token("--bg");
  on.fillRect(0, 0, WIDTH, HEIGHT);
  on.fillStyle = token("--warn-bg");
  on.fillRect(0, 0, WIDTH, STRIP);
  write(`${common.value.sandbox.mark}  ${common.value.sandbox.says}`, 20, 30, "--warn", 600);
  let y = write(heading(result), STRIP + 40, 40, "--ink", 600);
  y = write(formatCount(result.whole), y + 4, 88, "--ink", 600);
  const side = WIDTH - 2 * MARGIN - 120;
  on.save();
  on.translate((WIDTH - side) / 2, y);
  const whole = wholeOnes(result);
  paint(on, side, { whole, places: placesOf(whole), joined: whole.length, few: 0, others: 1, sorted: 1 }, colours(document.documentElement));
  on.restore();
  y = write(`${middle(result)} ${money(result, result.middle.value)}`, y + side + 28, 38, "--ink", 600);
  y = write(sentences(besides(result)), y + 4, 28, "--ink-2");
  write(`Ratchet ${result.version}  ${t.value.picture.digest(result.digest.slice(0, 32))}…`, HEIGHT - 60, 24, "--ink-3");
}

/** Lines that fit; where a language has no blanks any letter may begin one. */
function wrapped(on: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? []) {
    if (line && on.measureText(line + piece.trimEnd()).width > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  return line ? [...lines, line.trimEnd()] : lines;
}
