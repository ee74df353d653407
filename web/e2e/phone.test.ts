import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, picture, type Watch } from "./browser.ts";
import { seed, type Seed } from "./seed.ts";
import { serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

/** The shop as an app of a phone: it opens without a network, with the figures that were read last and their time. */
let browser: Browser;
let server: Server;
let sown: Seed;
let phone: BrowserContext;
let watch: Watch;
beforeAll(async () => {
  browser = await launch();
  server = await serve();
  sown = await seed(browser, "phone", server);
  const storageState = await sown.shopper.storageState();
  ({ context: phone, watch } = await open(browser, "phone", server.base, { storageState, serviceWorkers: "allow" }));
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function at(path: string): Promise<Page> {
  const page = await phone.newPage();
  await page.goto(`/p/${sown.programme}/${path}`);
  await settled(page);
  return page;
}

/** What is kept on the phone of what was read. */
function names(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("read")));
}

describe("the shop on a phone", () => {
  it("can be installed: a manifest whose pictures are there", async () => {
    const page = await at("");
    const href = await page.locator("link[rel=manifest]").getAttribute("href");
    const manifest = (await (await phone.request.get(`/${href!.replace(/^\W+/, "")}`)).json()) as { start_url: string; icons: { src: string; sizes: string; type: string }[] };
    expect((await phone.request.get(manifest.start_url)).status()).toBe(200);
    for (const { src, sizes, type } of manifest.icons) {
      const icon = await phone.request.get(src);
      expect([icon.status(), icon.headers()["content-type"]]).toEqual([200, type]);
      const width = await page.evaluate((of) => new Promise<number>((resolve) => { const image = new Image(); image.onload = () => resolve(image.naturalWidth); image.src = of; }), src);
      if (sizes !== "any") expect(`${width}x${width}`).toBe(sizes);
    }
    await page.close();
  });

  it("opens without a network, says of when its figures are, and sends nothing", async () => {
    const online = await at("points");
    await online.evaluate(() => navigator.serviceWorker.ready);
    const lead = await online.locator(".lead").first().innerText();
    await online.goto(`/p/${sown.programme}/wallet`);
    await settled(online);
    await online.close();

    await phone.setOffline(true);
    const page = await at("points");
    await page.getByText("没有网络。这是").waitFor();
    expect(await page.locator(".lead").first().innerText()).toContain(lead.match(/¥[\d,.]+/)![0]);
    expect(await page.getByRole("button", { name: /^卖出/ }).isDisabled()).toBe(true);
    await picture(page, "phone-offline-points");
    await page.goto(`/p/${sown.programme}/wallet`);
    await page.getByText("没有网络。这是").waitFor();
    // What was never read, cannot be shown.
    await page.goto(`/p/${sown.programme}/messages`);
    await page.getByRole("button", { name: "再试一次" }).waitFor();
    await picture(page, "phone-offline-unread");

    await phone.setOffline(false);
    await page.goto(`/p/${sown.programme}/points`);
    await settled(page);
    expect(await page.getByText("没有网络").count()).toBe(0);
    await page.close();
  });

  it("leaves nothing on the phone of who logs out", async () => {
    const page = await at("settings");
    expect(await names(page)).not.toEqual([]);
    await picture(page, "phone-settings");
    await page.getByRole("button", { name: "退出登录" }).click();
    await page.waitForURL(`**/p/${sown.programme}`);
    await settled(page);
    // What anybody may read is read again at once; of the person nothing is left.
    expect((await names(page)).filter((name) => /wallet|points|orders|sessions|who-am-i/.test(name))).toEqual([]);
    await phone.setOffline(true);
    await page.goto(`/p/${sown.programme}/wallet`);
    await page.getByText(/¥\d/).first().waitFor({ state: "detached" });
    await phone.setOffline(false);
    await page.close();
  });

  it("keeps out of the way of the console and the lab, which need a network", async () => {
    await phone.setOffline(true);
    const page = await phone.newPage();
    for (const path of ["/console/", "/lab", "/docs"]) await expect(page.goto(path)).rejects.toThrow(/ERR_INTERNET_DISCONNECTED/);
    await phone.setOffline(false);
    await page.close();
    expect(watch).toEqual({ errors: [], foreign: [] });
  });

  it("says in words what a browser too old for it has to do", async () => {
    const { page, context } = await open(browser, "phone", server.base, { javaScriptEnabled: false });
    for (const path of ["/", `/p/${sown.programme}/points`, "/console/"]) {
      await page.goto(path);
      expect(await page.locator("body").innerText()).toContain("请用较新的浏览器打开。/ Please open this in a newer browser.");
    }
    await context.close();
  });
});
