import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sixDigits } from "./authenticator.ts";
import { launch, open, picture, type Screen } from "./browser.ts";
import { GOODS, planText, post, serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

/** What the words are on each screen. */
const WORDS = {
  phone: {
    signUp: "注册", join: "加入", buy: /^购买，付/, order: /^下单，付/, pay: /^付款$/, back: /返回订单/, receive: "我收到了", received: /^已收货，/, settled: "已结算", points: "现在全部卖出，到手", sell: "卖出积分", all: "全部", sellGo: /^卖出，到手/, nothing: "没有可卖的积分。",
    withdraw: "提现", ask: /^申请提现/, second: "等第二人复核", paid: "已到账", review: "复核", approve: /^通过，第/, notYou: "不能由你复核", week: "一周", settles: "订单行结算，钱分出", advance: /^推进到 /, send: /^付款 ¥/, factor: "设置第二要素", turnOn: "启用", codes: /^恢复码/, kept: "已经抄好，继续",
  },
  desk: {
    signUp: "Sign up", join: "Join", buy: /^Buy, pay/, order: /^Order, pay/, pay: /^Pay$/, back: /Back to the order/, receive: "I have it", received: /^Received, settles/, settled: "Settled", points: "All sold now, you get", sell: "Sell points", all: "All", sellGo: /^Sell, get/, nothing: "No points to sell.",
    withdraw: "Withdraw", ask: /^Ask for/, second: "Waits for a second person", paid: "Paid", review: "Review", approve: /^Approve as person/, notYou: "Not for you to review", week: "One week", settles: "Lines of orders settle, money is divided", advance: /^Advance to /, send: /^Pay ¥/, factor: "Set up a second factor", turnOn: "Turn on", codes: /^Recovery codes/, kept: "Written down, go on",
  },
} as const;
const PASSWORD = "a long enough password";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function account(page: Page, login: string, name: string, button: string | RegExp): Promise<void> {
  await page.locator("[name=login]").fill(login);
  await page.locator("[name=password]").fill(PASSWORD);
  await page.locator("[name=name]").fill(name);
  await page.locator("form").getByRole("button", { name: button }).last().click();
}

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.stop());

  it("join, buy, cashier, receive, advance the clock, points, quote, sell, withdraw, two reviewers, paid", async () => {
    // The first owner, a sandbox on its own clock with goods, and a second reviewer by invitation.
    const owner = await open(browser, screen, server.base);
    await owner.page.goto(`/console/setup${server.setup.slice(server.setup.indexOf("?"))}`);
    await account(owner.page, "owner@example.org", "Zhou Min", /./);
    await enrol(owner.page, "owner");
    const me = await (await owner.context.request.get("/api/v1/me")).json() as { tenants: { tenant: string }[] };
    const tenant = me.tenants[0]!.tenant;
    const { id } = await post<{ id: string }>(owner.context.request, `/tenants/${tenant}/programmes`, { plan: await planText(), clock_starts_at: "2026-01-01T00:00:00Z" });
    for (const goods of GOODS) await post(owner.context.request, `/programmes/${id}/products`, { ...goods, listed: true });
    const { link } = await post<{ link: string }>(owner.context.request, `/tenants/${tenant}/invitations`, { role: "owner" });
    const reviewer = await open(browser, screen, server.base);
    await reviewer.page.goto(link);
    await account(reviewer.page, "reviewer@example.org", "He Wei", /./);
    await enrol(reviewer.page, "reviewer");

    // A member joins and buys.
    const member = await open(browser, screen, server.base);
    const shop = member.page;
    await shop.goto(`/p/${id}/join`);
    await shop.getByRole("link", { name: /^(先登录或注册|Log in or sign up first)$/ }).click();
    await account(shop, "13800000001", "Lin", say.signUp);
    await shop.getByRole("button", { name: say.join, exact: true }).click();
    await shop.waitForURL(`**/p/${id}`);
    await shop.goto(`/p/${id}/goods/tea`);
    await picture(shop, `${screen}-1-product`);
    await shop.getByRole("button", { name: say.buy }).click();
    // A second tap on the same button is no second order.
    await shop.getByRole("button", { name: say.order }).dblclick();
    await shop.waitForURL("**/cashier/**");
    await picture(shop, `${screen}-2-cashier`);
    await shop.getByRole("button", { name: say.pay }).click();
    await shop.getByRole("link", { name: say.back }).click();
    await shop.waitForURL(`**/p/${id}/orders/*`);
    const order = shop.url();
    await shop.getByRole("button", { name: say.receive }).click();
    await shop.getByRole("heading", { name: say.received }).waitFor();
    await picture(shop, `${screen}-3-order`);
    await shop.goto(`/p/${id}/orders`);
    await settled(shop);
    expect(await shop.locator("a.lot").count()).toBe(1);

    // The clock of the sandbox goes on until the order is final.
    await owner.page.goto(`/console/p/${id}/clock`);
    // What would happen on the way is said first.
    await owner.page.getByRole("button", { name: say.week }).click();
    await owner.page.getByText(say.settles).waitFor();
    await settled(owner.page);
    await picture(owner.page, `${screen}-clock-would`);
    await owner.page.getByRole("button", { name: say.advance }).click();
    await owner.page.getByRole("button", { name: say.advance }).waitFor({ state: "detached" });
    await shop.goto(order);
    await shop.getByRole("heading", { name: say.settled, exact: true }).waitFor();

    // What the points would pay, why, and the sale at a quote.
    await shop.goto(`/p/${id}/points`);
    await shop.getByText(say.points).waitFor();
    await settled(shop);
    const lead = shop.locator(".lead .num");
    const net = await lead.innerText();
    expect(net).toMatch(/^¥\d+\.\d\d$/);
    await picture(shop, `${screen}-4-points`);
    await lead.click();
    await shop.locator("dialog .formula").waitFor();
    expect(await shop.locator("dialog .formula .sum dd").innerText()).toBe(net);
    await picture(shop, `${screen}-5-explain`);
    await shop.goBack();
    await shop.locator("dialog").waitFor({ state: "detached" });
    await shop.getByRole("button", { name: say.sell }).click();
    await shop.locator("dialog").getByRole("button", { name: say.all, exact: true }).click();
    const sell = shop.locator("dialog").getByRole("button", { name: say.sellGo });
    await sell.waitFor();
    expect(await sell.innerText()).toContain(net);
    await picture(shop, `${screen}-6-sell`);
    await sell.click();
    await shop.locator("dialog").waitFor({ state: "detached" });
    await shop.getByText(say.nothing).waitFor();

    // Out of the wallet, looked at by two people.
    await shop.goto(`/p/${id}/wallet`);
    await expect.poll(() => shop.locator(".lead").innerText()).toBe(net);
    await shop.getByRole("button", { name: say.withdraw, exact: true }).click();
    await shop.locator("dialog").getByRole("button", { name: say.all, exact: true }).click();
    const ask = shop.locator("dialog").getByRole("button", { name: say.ask });
    await expect.poll(() => ask.isEnabled()).toBe(true);
    await picture(shop, `${screen}-7-withdraw`);
    await ask.click();
    await shop.locator("dialog").waitFor({ state: "detached" });
    await approve(owner.page, id, net, screen);
    await shop.getByText(say.second).first().waitFor();
    await picture(shop, `${screen}-8-wallet`);
    // The same person a second time: refused, with the reason.
    await owner.page.goto(`/console/p/${id}/inbox`);
    await owner.page.getByText(say.notYou).waitFor();
    expect(await owner.page.getByRole("button", { name: say.review, exact: true }).isDisabled()).toBe(true);
    await picture(owner.page, `${screen}-9-same-person`);
    await approve(reviewer.page, id, net, screen);
    await reviewer.page.goto(`/console/p/${id}/withdrawals`);
    await reviewer.page.locator("tbody a.mono").first().click();
    const send = reviewer.page.locator("dialog").getByRole("button", { name: say.send });
    if (await send.isVisible()) await send.click();
    await shop.getByText(say.paid, { exact: true }).first().waitFor();
    await picture(shop, `${screen}-10-paid`);

    for (const { watch } of [owner, reviewer, member]) expect([...watch.errors, ...watch.foreign]).toEqual([]);
  });

  /** Whoever is new on the staff sets a second factor up before anything else is shown. */
  async function enrol(page: Page, name: string): Promise<void> {
    await page.waitForURL("**/console/security");
    await page.getByRole("button", { name: say.factor }).click();
    await page.locator("[name=code]").fill(sixDigits(await page.locator("code.check").innerText()));
    // The same as a picture that a camera reads.
    expect(await page.locator("img.security-qr").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
    await picture(page, `${screen}-${name}-factor`);
    await page.getByRole("button", { name: say.turnOn }).click();
    await page.getByText(say.codes).waitFor();
    expect(await page.locator("code.check").count()).toBe(8);
    await picture(page, `${screen}-${name}-codes`);
    await page.getByRole("link", { name: say.kept }).click();
    await page.waitForURL("**/console/");
  }

  async function approve(page: Page, programme: string, amount: string, on: Screen): Promise<void> {
    await page.goto(`/console/p/${programme}/inbox`);
    await page.getByRole("link", { name: new RegExp(`^${say.review} `) }).click();
    await page.locator("[name=confirm-amount]").fill(amount.replace("¥", ""));
    await picture(page, `${on}-review`);
    await page.locator("dialog").getByRole("button", { name: say.approve }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
  }
});
