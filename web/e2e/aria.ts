import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const FOLDER = join(import.meta.dirname, "aria");

/** What a reader is told of the page, without what differs from run to run: ids, hashes, tokens, times of the machine's clock. */
async function heard(page: Page): Promise<string> {
  const told = await page.locator("body").ariaSnapshot();
  return `${told
    .replace(/\b[0-9a-f]{64}\b/g, "HASH")
    .replace(/\b[0-9a-f]{32}\b/g, "ID")
    .replace(/\b[0-9a-f]{8}…/g, "HASH…")
    .replace(/(按|in force on) \d{4}-\d\d-\d\d/g, "$1 DAY")
    .replace(/(这是|result of) \d\d:\d\d/g, "$1 TIME")
    .replace(/(这次用了|run took) \d+\.\d\d/g, "$1 SECONDS")
    .replace(/(99 笔在|written within) [\d,]+/g, "$1 SOME")
    .replace(/\b[a-z][0-9a-f]{20,28}\b/g, "ID")
    .replace(/\b[0-9a-f]{16}\b/g, "ID")
    .replace(/HeadlessChrome\/[\d.]+/g, "BROWSER")
    .replace(/127\.0\.0\.1(:\d+)?/g, "HOST")
    .replace(/(\d{4}年)?\d{1,2}月\d{1,2}日( \d\d:\d\d)?/g, "TIME")
    .replace(/\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?(, \d\d:\d\d)?/g, "TIME")}\n`;
}

/** The page against the committed snapshot; `UPDATE_ARIA=1` writes it anew, to be read before it is committed. */
export async function ariaFault(page: Page, name: string): Promise<string | undefined> {
  const file = join(FOLDER, `${name}.yml`);
  const now = await heard(page);
  if (process.env["UPDATE_ARIA"]) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, now);
    return undefined;
  }
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (now === before) return undefined;
  const [old, fresh] = [before.split("\n"), now.split("\n")];
  const at = fresh.findIndex((line, place) => line !== old[place]);
  return `aria ${name}, line ${at + 1}: "${old[at] ?? ""}" became "${fresh[at] ?? ""}"`;
}
