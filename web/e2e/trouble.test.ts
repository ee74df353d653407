import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, picture } from "./browser.ts";
import { buy, pay, read, seed, type Seed } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

/** What goes wrong in life, on a phone in Chinese: each ends with one effect, or none, and says so. */
let browser: Browser;
let server: Server;
let sown: Seed;
beforeAll(async () => {
  browser = await launch();
  server = await serve();
  sown = await seed(browser, "phone", server);
});
afterEach(() => sown.shopper.setOffline(false));
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const shop = (path: string) => `/p/${sown.programme}/${path}`;
const head = async () => (await read<{ seq: number }>(sown.owner, `/programmes/${sown.programme}`)).seq;

async function at(path: string): Promise<Page> {
  const page = await sown.shopper.newPage();
  await page.goto(shop(path));
  await settled(page);
  return page;
}

describe("money that comes back", () => {
  it("before settlement: all of it, said before it is done", async () => {
    const order = await buy(sown.shopper, sown.programme, "kettle");
    await pay(sown.shopper, sown.programme, order);
    const page = await at(`orders/${order}`);
    await page.getByRole("button", { name: "申请退货" }).click();
    await page.locator("dialog").getByText("原样撤销").waitFor();
    await page.locator("dialog .refund-back").getByText("¥168.00").waitFor();
    // What everybody's orders hold in escrow is no business of a member.
    expect(await page.locator("dialog").innerText()).not.toContain("托管");
    await picture(page, "trouble-refund");
    await page.locator("dialog").getByRole("button", { name: "退款 ¥168.00" }).click();
    await page.getByRole("heading", { name: "已全部退款" }).waitFor();
    expect(await read(sown.shopper, `/programmes/${sown.programme}/orders/${order}`)).toMatchObject({ state: "refunded", refunded: "168.00" });
    await page.close();
  });

  it("after settlement: points go back first", async () => {
    const { items } = await read<{ items: { id: string; state: string }[] }>(sown.shopper, `/programmes/${sown.programme}/me/orders`);
    const order = items.find(({ state }) => state === "settled")!.id;
    const page = await at(`orders/${order}`);
    await page.getByRole("button", { name: "申请退货" }).click();
    await page.locator("dialog").getByText("先收回这批积分").waitFor();
    await page.locator("dialog").getByRole("row", { name: /^积分/ }).waitFor();
    const back = await page.locator("dialog .refund-back dd").innerText();
    expect(back).toMatch(/^¥[1-9][\d,]*\.\d\d$/);
    await page.locator("dialog").getByRole("button", { name: `退款 ${back}`, exact: true }).waitFor();
    await picture(page, "trouble-late-refund");
    await page.close();
  });
});

describe("a cashier as they are", () => {
  it("whose message comes twice pays once", async () => {
    const before = await head();
    const order = await buy(sown.shopper, sown.programme, "rice");
    await pay(sown.shopper, sown.programme, order, "twice");
    expect(await read(sown.shopper, `/programmes/${sown.programme}/orders/${order}`)).toMatchObject({ state: "paid" });
    // One entry for the order and one for its payment.
    expect(await head()).toBe(before + 2);
  });

  it("whose message is late leaves the order to be paid, and the page says so", async () => {
    const order = await buy(sown.shopper, sown.programme, "rice");
    await pay(sown.shopper, sown.programme, order, "late", "open");
    const page = await at(`orders/${order}`);
    await page.getByText("付款还没有确认").waitFor();
    await page.close();
  });
});

describe("a network that goes", () => {
  it("in the middle of a write: it waits, goes on by itself, and happens once", async () => {
    const order = await buy(sown.shopper, sown.programme, "rice");
    await pay(sown.shopper, sown.programme, order);
    const page = await at(`orders/${order}`);
    const before = await head();
    await sown.shopper.setOffline(true);
    await page.getByRole("button", { name: "我收到了" }).click();
    await page.getByText("不会做两次").waitFor();
    await picture(page, "trouble-offline");
    await sown.shopper.setOffline(false);
    await page.getByRole("heading", { name: /^已收货，/ }).waitFor();
    expect(await head()).toBe(before + 1);
    await page.close();
  });

  it("leaves the page with what was read, its time, and no act that could not be sent", async () => {
    const page = await at("points");
    await sown.shopper.setOffline(true);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.getByText("没有网络。这是").waitFor();
    expect(await page.getByRole("button", { name: "卖出积分" }).isDisabled()).toBe(true);
    await picture(page, "trouble-offline-points");
    await sown.shopper.setOffline(false);
    await page.close();
  });
});

describe("time that passes", () => {
  it("a quote ends while the sheet is open: nothing is sold, old figures stand beside new ones, the button names the new quote", async () => {
    const page = await sown.shopper.newPage();
    await page.clock.install();
    await page.goto(shop("points"));
    await page.getByRole("button", { name: "卖出积分" }).click();
    await page.locator("#sell-points").fill("5");
    await page.clock.runFor(1_000);
    await page.locator("dialog").getByRole("button", { name: /^卖出，到手/ }).waitFor();
    await page.clock.runFor(130_000);
    await page.locator("dialog").getByText("报价已过期，没有卖出。").waitFor();
    await page.locator("dialog").getByRole("button", { name: /^按新报价卖出，到手/ }).waitFor();
    expect(await page.locator("dialog s").count()).toBe(3);
    await picture(page, "trouble-quote-ended");
    await page.close();
  });

  it("a session ended elsewhere: log in over the page, which keeps what was typed", async () => {
    const page = await at("wallet");
    await page.getByRole("button", { name: "提现", exact: true }).click();
    await page.locator("#withdraw-amount").fill("12.34");
    // What is asked for it is answered before the session ends.
    await page.locator("dialog dl").waitFor();
    const sessions = await read<{ items: { id: string; current: boolean }[] }>(sown.shopper, "/me/sessions");
    const other = await browser.newContext({ baseURL: server.base });
    await post(other.request, "/sessions", { login: "13800000001", password: "a long enough password" });
    const ended = await other.request.delete(`/api/v1/me/sessions/${sessions.items.find(({ current }) => current)!.id}`, { headers: { "X-Ratchet": "1", "Idempotency-Key": "end" } });
    expect(ended.ok()).toBe(true);
    await page.locator("#withdraw-amount").fill("12.35");
    const login = page.locator("dialog").filter({ hasText: "登录已经结束" });
    await login.locator("[name=login]").fill("13800000001");
    await login.locator("[name=password]").fill("a long enough password");
    await picture(page, "trouble-session");
    await login.getByRole("button", { name: "登录", exact: true }).click();
    await login.waitFor({ state: "detached" });
    expect(await page.locator("#withdraw-amount").inputValue()).toBe("12.35");
    await page.close();
  });
});
