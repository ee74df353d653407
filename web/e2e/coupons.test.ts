import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin, pay } from "./seed.ts";
import { planText, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** An operator offers coupons; a shopper takes two, writes an address down, and orders three articles with the coupon that fits best (MALL-4, MALL-5). */
const MALL = `
[catalogue]
[freight]
base = "8.00"
free_above = "480.00"
[[coupon]]
id = "ten"
name = { zh = "满百减十", en = "Ten off" }
off = "10.00"
minimum = "100.00"
stackable = true
[[coupon]]
id = "part"
name = { zh = "八五折", en = "15% off" }
rate = "15%"
[[coupon]]
id = "large"
name = { zh = "满千减百", en = "A hundred off" }
off = "100.00"
minimum = "1000.00"
`;
const WORDS = {
  phone: { sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, names: ["满百减十", "八五折", "满千减百"], offered: "开放领取", save: "保存", take: "领取", add: "新建地址", enough: "你已领满", toCart: "加入购物车", using: "用 1 张优惠券，减 ¥72.90", use: "用选中的", best: "自动选最省的", pay: "下单，付 ¥421.10", from: "¥484.00", scope: /门槛|适用|满/, where: "浙江省杭州市西湖区 文三路 1 号" },
  desk: { sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, names: ["Ten off", "15% off", "A hundred off"], offered: "Offered", save: "Save", take: "Take", add: "New address", enough: "as many as you may", toCart: "Add to cart", using: "1 coupon, ¥72.90 off", use: "Use these", best: "Choose the best", pay: "Order, pay ¥421.10", from: "¥484.00", scope: /coupon/, where: "浙江省杭州市西湖区 文三路 1 号" },
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let [owner, shopper]: BrowserContext[] = [];
  let programme = "";
  beforeAll(async () => {
    server = await serve();
    ({ owner, shopper, programme } = await begin(browser, screen, server, (await planText()) + MALL));
  });
  afterAll(() => server.stop());

  it("an operator offers coupons", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/coupons`);
    await settled(page);
    for (const name of say.names) await page.getByRole("checkbox", { name: `${say.offered} ${name}` }).check();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-coupons`);
    await page.getByRole("button", { name: say.save, exact: true }).click();
    await expect.poll(async () => (await (await owner!.request.get(`/api/v1/programmes/${programme}/coupon-offers`)).json()).items.length).toBe(3);
    await page.close();
  });

  it("a shopper takes them, as many as there are for each", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/coupons`);
    await settled(page);
    for (const name of say.names) {
      const offer = page.locator("article").filter({ hasText: name });
      await offer.getByRole("button", { name: say.take }).click();
      await offer.getByText(say.enough).waitFor();
    }
    expect(await page.locator(".lot").count()).toBe(3);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-coupons`);
    await page.close();
  });

  it("three articles go to an address, with the coupon that fits best", async () => {
    const page = await shopper!.newPage();
    for (const product of ["tea", "rice", "honey"]) {
      await page.goto(`/p/${programme}/goods/${product}`);
      await page.getByRole("button", { name: say.toCart }).click();
    }
    await page.goto(`/p/${programme}/checkout`);
    await settled(page);
    await page.getByRole("button", { name: say.add }).click();
    const form = page.locator("dialog");
    await form.locator("[name=name]").fill("王小明");
    await form.locator("[name=phone]").fill("13800000001");
    await form.locator("[name=province]").selectOption("330000");
    await form.locator("[name=city]").selectOption("330100");
    await form.locator("[name=region]").selectOption("330106");
    await form.locator("[name=detail]").fill("文三路 1 号");
    await settled(page);
    await picture(page, `${screen}-shop-address`);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await form.getByRole("button", { name: say.save, exact: true }).click();
    await page.getByText(say.where).waitFor();
    await page.getByText(say.using).waitFor();
    await page.getByRole("button", { name: say.pay }).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-checkout-coupon`);

    // The one that does not fit says why; another choice is another price.
    await page.getByText(say.using).click();
    const sheet = page.locator("dialog");
    const pick = (place: number) => sheet.locator("label").filter({ hasText: say.names[place]! });
    expect(await pick(2).locator("input").isDisabled()).toBe(true);
    expect(await pick(2).innerText()).toMatch(say.scope);
    await pick(0).locator("input").check();
    expect(await pick(1).locator("input").isChecked(), "it stands alone").toBe(false);
    await picture(page, `${screen}-shop-coupon-sheet`);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await sheet.getByRole("button", { name: say.use }).click();
    await page.locator(".submit-bar").getByText(say.from).waitFor();
    await page.locator(".door-row").last().click();
    await sheet.getByRole("button", { name: say.best }).click();
    await page.getByRole("button", { name: say.pay }).click();
    await page.waitForURL(/cashier/);
    await page.close();

    const orders = (await (await shopper!.request.get(`/api/v1/programmes/${programme}/me/orders`)).json()) as { items: { id: string }[] };
    const order = orders.items[0]!.id;
    await pay(shopper!, programme, order);
    const view = await shopper!.newPage();
    await view.goto(`/p/${programme}/orders/${order}`);
    await view.getByText(say.where).waitFor();
    await settled(view);
    expect(await faultsOf(view, say.sandbox, say.truth)).toEqual([]);
    await picture(view, `${screen}-shop-order-delivery`);
    await view.close();
    const desk = await owner!.newPage();
    await desk.goto(`/console/p/${programme}/orders/${order}`);
    await desk.getByText("文三路 1 号").waitFor();
    await desk.close();
  });
});
