import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";

const PICTURES = join(import.meta.dirname, "pictures");

/** Screens people use: a phone in Chinese, a desk in English. */
export const SCREENS = {
  phone: { locale: "zh-CN", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, reducedMotion: "reduce" },
  desk: { locale: "en-GB", viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" },
} as const;
export type Screen = keyof typeof SCREENS;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** What a page did that it must not do. */
export interface Watch {
  readonly errors: string[];
  readonly foreign: string[];
}

/** A page of its own session, watched for errors and for requests to another host. */
export async function open(browser: Browser, screen: Screen, base: string, more: BrowserContextOptions = {}): Promise<{ page: Page; context: BrowserContext; watch: Watch }> {
  // Every journey is one of a first visit, but that of the phone without a network.
  const context = await browser.newContext({ ...SCREENS[screen], baseURL: base, serviceWorkers: "block", ...more });
  const page = await context.newPage();
  const watch: Watch = { errors: [], foreign: [] };
  page.on("pageerror", (error) => watch.errors.push(error.message));
  page.on("console", (message) => {
    // A refusal is a part of many journeys, and the browser writes each of them.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) watch.errors.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) watch.foreign.push(request.url());
  });
  return { page, context, watch };
}

/** What is written in an editor of a plan, line by line. */
export function written(editor: Locator): Promise<string> {
  return editor.evaluate((element) => [...element.children].map(({ textContent }) => textContent).join("\n"));
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}
