import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch } from "./browser.ts";
import { read, seed, type Seed } from "./seed.ts";
import { serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

/** Each figure that can be asked says why; where it names entries, they are there and say what they changed. */
let browser: Browser;
let server: Server;
let sown: Seed;
beforeAll(async () => {
  browser = await launch();
  server = await serve();
  sown = await seed(browser, "phone", server);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface Explained {
  readonly items: readonly { readonly account: string; readonly before: string; readonly amount: string; readonly after: string }[];
}

/** A decimal as a whole number of 10⁻¹². */
function whole(text: string): bigint {
  const [units = "0", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(units + fraction.padEnd(12, "0"));
  return text.startsWith("-") ? -size : size;
}

function size(units: bigint): bigint {
  return units < 0n ? -units : units;
}

it("whoever follows an entry of an explanation is there, without the sheet", async () => {
  const page = await sown.shopper.newPage();
  await page.goto(`/p/${sown.programme}/points`);
  await settled(page);
  await page.locator(".lead .num").click();
  const entry = page.locator("dialog dd a").first();
  const seq = (await entry.innerText()).replace(",", "");
  await entry.click();
  await page.waitForURL(`**/p/${sown.programme}/entries/${seq}`);
  await page.locator("dialog").waitFor({ state: "detached" });
  await settled(page);
  // The sheet's place in the history has gone with it: back is the page that was asked.
  await page.goBack();
  await page.locator(".lead .num").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/p/${sown.programme}/points`);
  await page.close();
});

it.each([["points", 5], ["wallet", 6], ["orders/:order", 3], ["goods/tea", 6]] as const)("on %s", async (path, least) => {
  const page = await sown.shopper.newPage();
  await page.goto(`/p/${sown.programme}/${path.replace(":order", sown.order)}`);
  await settled(page);
  const figures = page.locator("main .num");
  await expect.poll(() => figures.count()).toBeGreaterThanOrEqual(least);
  const entries = new Set<number>();
  for (let place = 0; place < (await figures.count()); place += 1) {
    const shown = await figures.nth(place).innerText();
    await figures.nth(place).click();
    const sheet = page.locator("dialog");
    await sheet.getByText("规则").waitFor();
    expect(await sheet.getByRole("heading", { level: 2 }).innerText()).toContain(shown);
    for (const text of await sheet.locator("dd a").allInnerTexts()) entries.add(Number.parseInt(text.replace(",", ""), 10));
    await page.goBack();
    await sheet.waitFor({ state: "detached" });
  }
  if (path === "wallet" || path === "points") expect(entries.size).toBeGreaterThan(0);
  for (const seq of entries) {
    const { items } = await read<Explained>(sown.owner, `/programmes/${sown.programme}/entries/${seq}/explanations`);
    const { steps } = await read<{ steps: { postings?: unknown[] }[] }>(sown.owner, `/programmes/${sown.programme}/entries/${seq}`);
    // As many reasons as postings: some entries, such as placing an order, move nothing.
    expect(items.length).toBe(steps.flatMap(({ postings = [] }) => postings).length);
    // A contra account is shown the other way round, so only the size of its change is compared.
    for (const { before, amount, after } of items) expect(size(whole(after) - whole(before))).toBe(size(whole(amount)));
  }
  await page.close();
});
