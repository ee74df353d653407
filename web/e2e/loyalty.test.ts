import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin, buy, pay } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** A shop that gives loyalty points by tiers: the wallet says the tier, its end, what the next one lacks, and what the month leaves (LOY-5g). */
const PLAN = `[programme]
name = { zh = "会员店", en = "Members' shop" }
currency = "CNY"
utc_offset = "+08:00"
mode = "sandbox"
[settlement]
after_sale_days = 1
[split]
cost = "70%"
[loyalty]
earn_rate = "1%"
valid_days = 365
monthly_limit = 500
tier_days = 30
keep_days = 10
[[loyalty.tiers]]
name = { zh = "银卡", en = "Silver" }
from = "200.00"
rate = "2%"
[[loyalty.tiers]]
from = "1000.00"
rate = "3%"
`;
const WORDS = {
  phone: { sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, before: ["再消费 ¥200.00（结算后计入）到银卡", "本月还能得 ¥5.00 的积分"], after: ["等级：银卡，不再消费则保留到 2月10日", "再消费 ¥732.00（结算后计入）到第 2 级", "本月还能得 ¥2.32 的积分"] },
  desk: { sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, before: ["¥200.00 more spent, once settled, reaches Silver", "¥5.00 in points can still be earned this month"], after: ["Tier: Silver, until 10 Feb if you buy nothing more", "¥732.00 more spent, once settled, reaches tier 2", "¥2.32 in points can still be earned this month"] },
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
    ({ owner, shopper, programme } = await begin(browser, screen, server, PLAN));
  });
  afterAll(() => server.stop());

  it("says where a member stands before and after an order", async () => {
    const page = await shopper!.newPage();
    const lines = page.locator(".standing li");
    await page.goto(`/p/${programme}/wallet`);
    await settled(page);
    expect(await lines.allInnerTexts()).toEqual(say.before);

    const order = await buy(shopper!, programme, "tea");
    await pay(shopper!, programme, order);
    await post(shopper!.request, `/programmes/${programme}/orders/${order}/receive`, {});
    await post(owner!.request, `/programmes/${programme}/clock`, { by: "next_settlement" });
    await page.reload();
    await settled(page);
    expect(await lines.allInnerTexts()).toEqual(say.after);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-wallet-loyalty`);
    await page.close();
  });
});
