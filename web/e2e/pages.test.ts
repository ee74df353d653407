import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes as consoleRoutes } from "../apps/console/src/routes.ts";
import { routes as shopRoutes } from "../apps/shop/src/routes.ts";
import { ariaFault } from "./aria.ts";
import { launch, picture, type Screen, SCREENS } from "./browser.ts";
import { seed, type Seed } from "./seed.ts";
import { serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** The sentence of the truth line and the mark of a sandbox, as they are read. */
const SAID = {
  phone: { sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/ },
  desk: { sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/ },
} as const;
const NARROWEST = 360;

/** What stands for each parameter of a route, and what else a page needs in its address. */
function addressOf(name: string, path: string, of: Seed): string {
  const filled = path
    .replace(":product", "tea").replace(/:order\??/, of.order).replace(/:withdrawal\??/, of.withdrawal).replace(":account", "cash").replace(/:seq\??/, String(of.entry)).replace(":member", of.member).replace(":decision", of.decision).replace(":day", "2026-01-09").replace(/\/:merchant\??/, "");
  return name === "checkout" ? `${filled}?product=rice` : filled;
}
function pagesOf(routes: typeof shopRoutes): { name: string; path: string }[] {
  const inProgramme = routes.find(({ path }) => path === "/p/:programme")?.children ?? [];
  return inProgramme.filter(({ name }) => name !== undefined).map(({ name, path }) => ({ name: String(name), path }));
}

/** Every page of the lab is a file, built in each language. */
const LAB = join(import.meta.dirname, "../dist/lab");
const labPages = readdirSync(LAB, { recursive: true, encoding: "utf8" })
  .filter((file) => /(^|\/)index\.html$/.test(file))
  .map((file) => dirname(file).replace(/^\.$/, ""))
  .map((path) => ({ name: path || "first", path: `/lab${path && `/${path}`}` }));

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  let server: Server;
  let sown: Seed;
  beforeAll(async () => {
    server = await serve();
    sown = await seed(browser, screen, server);
  });
  afterAll(() => server.stop());

  async function look(page: Page, app: "shop" | "console" | "lab", name: string, address: string): Promise<void> {
    const errors: string[] = [];
    const foreign: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("request", (request) => !request.url().startsWith(server.base) && !/^(data|blob):/.test(request.url()) && foreign.push(request.url()));
    await page.goto(address);
    // All but the lab's first page run something at once.
    if (app === "lab" && !name.endsWith("-first")) await page.locator(".foot").waitFor();
    await settled(page);
    await picture(page, `${screen}-${app}-${name}`);
    const faults = await faultsOf(page, SAID[screen].sandbox, app === "shop" && !name.startsWith("truth") ? SAID[screen].truth : null);
    const aria = name.endsWith("-empty") ? undefined : await ariaFault(page, `${screen}-${app}-${name}`);
    if (aria) faults.push(aria);
    await page.emulateMedia({ colorScheme: "dark" });
    faults.push(...(await faultsOf(page, SAID[screen].sandbox, null)).map((fault) => `dark: ${fault}`));
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: NARROWEST, height: SCREENS[screen].viewport.height });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - (visualViewport?.width ?? innerWidth));
    if (over > 0) faults.push(`scrolls sideways by ${over} at ${NARROWEST}`);
    expect([...faults, ...errors, ...foreign]).toEqual([]);
  }

  it.each(pagesOf(shopRoutes))("the shop's $name", async ({ name, path }) => {
    const page = await sown.shopper.newPage();
    await look(page, "shop", name, `/p/${sown.programme}/${addressOf(name, path, sown)}`);
    await page.close();
  });

  // Pages of one thing have none to show there.
  it.each(pagesOf(shopRoutes).filter(({ name }) => !["product", "checkout", "order", "review", "receipt", "withdrawal", "entry", "day"].includes(name)))("the shop's $name before anything has happened", async ({ name, path }) => {
    const page = await sown.shopper.newPage();
    await look(page, "shop", `${name}-empty`, `/p/${sown.empty}/${addressOf(name, path, sown)}`);
    await page.close();
  });

  it.each(pagesOf(consoleRoutes).filter(({ name }) => !["member", "decision"].includes(name)))("the console's $name before anything has happened", async ({ name, path }) => {
    const page = await sown.owner.newPage();
    await look(page, "console", `${name}-empty`, `/console/p/${sown.empty}/${path.replace(/\/:\w+\?/, "")}`);
    await page.close();
  });

  it.each(labPages)("the lab's $name", async ({ name, path }) => {
    const page = await sown.shopper.newPage();
    await look(page, "lab", `page-${name}`, path);
    await page.close();
  });

  it.each(pagesOf(consoleRoutes))("the console's $name", async ({ name, path }) => {
    const page = await sown.owner.newPage();
    await look(page, "console", name, `/console/p/${sown.programme}/${addressOf(name, path, sown)}`);
    await page.close();
  });
});
