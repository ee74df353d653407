import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin, buy, pay } from "./seed.ts";
import { planText, post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** An operator arranges the home page and publishes a notice; a member sees both, and the truth card where it always is (MALL-9, MALL-10). */
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, add: (name: string) => name, banner: "横幅", one: "单品", shelf: "商品货架", categories: "分类行", text: "文字", down: "下移", up: "上移", away: "去掉", save: "保存", standard: "换回标准首页",
    spring: "春茶上新", left: "会员看不到这个板块", publish: "发布", notice: "周日停机维护", shelves: "新到", hello: "欢迎来看。", title: "公告", broken: "壶盖裂了，能换吗？", answer: "可以，请先寄回。", send: "发送", refund: "申请退货", waits: "等答复", kettle: "恒温电热水壶 1.5 升",
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, add: (name: string) => name, banner: "Banner", one: "One article", shelf: "Shelf", categories: "Row of categories", text: "Text", down: "Move down", up: "Up", away: "Remove", save: "Save", standard: "Back to the standard page",
    spring: "Spring tea is here", left: "members do not see this block", publish: "Publish", notice: "Closed on Sunday", shelves: "New", hello: "Welcome.", title: "Notices", broken: "The lid is cracked. Can I have another?", answer: "Yes, please send it back.", send: "Send", refund: "Return", waits: "Waits for an answer", kettle: "Electric kettle, 1.5 l",
  },
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  const code = screen === "phone" ? "zh" : "en";
  let server: Server;
  let [owner, shopper]: BrowserContext[] = [];
  let programme = "";
  beforeAll(async () => {
    server = await serve();
    ({ owner, shopper, programme } = await begin(browser, screen, server, await planText()));
    await post(owner!.request, `/programmes/${programme}/categories`, { items: [{ id: "food", name: { zh: "食品", en: "Food" } }, { id: "home", name: { zh: "家居", en: "For the home" } }] });
  });
  afterAll(() => server.stop());

  it("an operator arranges the page, by buttons and by hand, and sees it beside the list", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/home`);
    await settled(page);
    const rows = page.locator(".home-list > li");
    expect(await rows.count()).toBe(3);
    const look = page.frameLocator(".home-look");
    await look.locator(".truth-card").waitFor();
    const add = (name: string) => page.locator(".home-add").getByRole("button", { name, exact: true }).click();
    await add(say.banner);
    await page.locator(`[name=text-${code}]`).fill(say.spring);
    await page.locator("[name=picture]").selectOption("tea");
    await page.locator("[name=link]").selectOption("product");
    await page.locator("[name=link-product]").fill("tea");
    await add(say.one);
    await page.locator("[name=product]").fill("rice");
    await add(say.categories);
    await add(say.text);
    await page.locator(`[name=text-${code}]`).fill(say.hello);
    // What is not saved stands in the shop's own page beside the list, and nowhere else.
    await look.getByText(say.spring).waitFor();
    await look.getByText(say.hello).waitFor();
    // By keyboard: the banner goes up to the second place; focus stays on its button.
    const up = rows.filter({ hasText: say.spring }).getByRole("button", { name: say.up });
    await up.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await expect.poll(() => rows.nth(1).innerText()).toContain(say.spring);
    // By pointer: the text goes above the shelf.
    if (screen === "desk") {
      await rows.nth(6).getByRole("button", { name: "Edit" }).click();
      await rows.nth(6).dragTo(rows.nth(3));
      await expect.poll(() => rows.nth(3).innerText()).toMatch(/^Text/);
    }
    await settled(page);
    await look.locator(".home-banner").waitFor();
    await page.waitForTimeout(400);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-home`);
    await page.getByRole("button", { name: say.save, exact: true }).click();
    await expect.poll(async () => (await (await owner!.request.get(`/api/v1/programmes/${programme}/home-blocks`)).json()).items.length).toBe(7);
    await page.close();
  });

  it("an operator publishes a notice", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/notices`);
    await settled(page);
    await page.locator(`[name=title-${code}]`).fill(say.notice);
    await page.locator(`[name=text-${code}]`).fill(say.notice);
    await page.getByRole("button", { name: say.publish, exact: true }).click();
    await page.locator("article").filter({ hasText: say.notice }).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-notices`);
    await page.close();
  });

  it("a member sees the page, and the truth card where it always is", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}`);
    await settled(page);
    await page.locator(".home-banner").waitFor();
    const order = await page.locator(".zones, .truth-card, .home-banner, .home-notices, .home-text").evaluateAll((all) => all.map(({ className }) => className.split(" ")[0]));
    expect(order.slice(0, 3)).toEqual(["zones", "truth-card", "home-banner"]);
    await page.getByText(say.hello).waitFor();
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await page.screenshot({ path: `e2e/pictures/${screen}-shop-home-blocks.png`, fullPage: true });
    await page.locator(".home-notices a").click();
    await page.getByRole("heading", { name: say.notice }).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-shop-notices`);
    await page.goBack();
    await page.locator(".home-banner").click();
    await page.waitForURL(/goods\/tea/);
    await page.close();
  });

  it("a block whose article is no longer sold is left out and marked", async () => {
    const goods = await (await owner!.request.get(`/api/v1/programmes/${programme}/products/rice`)).json();
    const { id, title, description, price } = goods;
    await post(owner!.request, `/programmes/${programme}/products`, { id, title, description, price, listed: false });
    const shop = await shopper!.newPage();
    await shop.goto(`/p/${programme}`);
    await shop.getByText(say.hello).waitFor();
    expect(await shop.locator(".home-product").count()).toBe(0);
    await shop.close();
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/home`);
    const row = page.locator(".home-list > li").filter({ hasText: say.one });
    await row.getByText(say.left).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-home-marked`);
    await row.getByRole("button", { name: say.away }).click();
    await page.getByRole("button", { name: say.save, exact: true }).click();
    await expect.poll(async () => (await (await owner!.request.get(`/api/v1/programmes/${programme}/home-blocks`)).json()).items.length).toBe(6);
    await page.close();
  });

  it("buyer and staff talk of an order; the refund names the article", async () => {
    const order = await buy(shopper!, programme, "kettle");
    await pay(shopper!, programme, order);
    const shop = await shopper!.newPage();
    await shop.goto(`/p/${programme}/orders/${order}`);
    await settled(shop);
    await shop.locator("[name=talk]").fill(say.broken);
    await shop.getByRole("button", { name: say.send, exact: true }).click();
    await shop.locator(".talk").getByText(say.broken).waitFor();

    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/refunds`);
    await page.locator(".refund-talks").getByText(say.waits, { exact: true }).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-talks`);
    await page.getByRole("link", { name: order }).click();
    const drawer = page.locator("dialog");
    await drawer.getByText(say.broken).waitFor();
    await drawer.locator("[name=talk]").fill(say.answer);
    await drawer.getByRole("button", { name: say.send, exact: true }).click();
    await drawer.locator(".talk").getByText(say.answer).waitFor();
    await drawer.locator(".talk").scrollIntoViewIfNeeded();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-talk`);
    await page.close();

    await shop.reload();
    await shop.locator(".talk").getByText(say.answer).waitFor();
    await settled(shop);
    expect(await faultsOf(shop, say.sandbox, say.truth)).toEqual([]);
    await shop.locator(".talk").scrollIntoViewIfNeeded();
    await picture(shop, `${screen}-shop-talk`);
    await shop.getByRole("button", { name: say.refund, exact: true }).click();
    expect(await shop.locator("dialog select").innerText()).toContain(say.kettle);
    await shop.close();
  });
});
