import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../src/tokens.css"), "utf8");

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`));
  return Object.fromEntries([...block.slice(0, block.indexOf("\n}")).matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]));
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Text, its ground, and the least contrast that WCAG 2.2 AA asks of the pair. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ...["ink", "ink-2", "ink-3", "primary"].flatMap((text) => [[text, "bg", 4.5], [text, "surface", 4.5]] as const),
  ["on-primary", "primary", 4.5], ["primary", "primary-soft", 4.5], ["warn", "warn-bg", 4.5], ["hurt", "bg", 4.5],
  ["danger", "danger-bg", 4.5], ["danger", "bg", 4.5], ["ok", "ok-bg", 4.5], ["ok", "bg", 4.5], ["bg", "ok", 4.5],
  // Large and bold only (README of the components): an outcome on a surface.
  ["hurt", "surface", 3],
  ["control", "bg", 3], ["series-1", "bg", 3], ["series-2", "bg", 3], ["series-3", "bg", 3],
];

describe.each([["light", ":root"], ["dark", ':root[data-theme="dark"]']])("%s colours", (_, selector) => {
  const colour = tokens(selector);
  it.each(PAIRS)("%s on %s has at least %s : 1", (text, ground, least) => {
    expect(contrast(colour[text]!, colour[ground]!)).toBeGreaterThanOrEqual(least);
  });
});
