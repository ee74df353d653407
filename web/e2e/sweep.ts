import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}
interface AxeWindow {
  readonly axe: { run(options: object): Promise<{ violations: Violation[] }> };
}

/** Waits until nothing is being read any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("h1") !== null && document.querySelector("[aria-busy=true]") === null);
}

/** Everything that is wrong with the page on the screen, as sentences. */
export async function faultsOf(page: Page, sandbox: string, truth: RegExp | null): Promise<string[]> {
  const faults: string[] = [];
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((rules) => (globalThis as unknown as AxeWindow).axe.run({ runOnly: { type: "tag", values: rules } }), RULES);
  for (const { id, nodes } of violations) faults.push(`axe ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  const seen = await page.evaluate(() => ({
    text: document.body.innerText, title: document.title, headings: document.querySelectorAll("h1").length, over: document.documentElement.scrollWidth - (visualViewport?.width ?? innerWidth),
  }));
  if (seen.headings !== 1) faults.push(`${seen.headings} first headings`);
  if (seen.over > 0) faults.push(`scrolls sideways by ${seen.over}`);
  if (!seen.text.includes(sandbox)) faults.push("no sandbox strip");
  if (!seen.title.includes(sandbox)) faults.push(`title without sandbox: ${seen.title}`);
  // Whatever shows money or points says who gets it back; the sentence is looked for, not the component.
  if (truth !== null && /¥[\d,]+\.\d\d|\d\s*(积分|points)/.test(seen.text) && !truth.test(seen.text)) faults.push("money without the truth");
  return faults;
}
