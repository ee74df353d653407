import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, picture, type Screen } from "./browser.ts";
import { begin, buy, pay, read } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** Two members get money and emission points by buying, a task and a close; they trade, one takes the rest of an offer back, the market is halted (MKT-1, MKT-2). */
const PLAN = `[programme]
name = { zh = "共享市场", en = "Shared market" }
currency = "CNY"
utc_offset = "+08:00"
mode = "sandbox"
[settlement]
after_sale_days = 1
[split]
cost = "30%"
[split.funds]
release = "50%"
[release]
grant_ratio = "50%"
rate = "100%"
fund = "release"
[value]
grant_ratio = "100%"
rate = "100%"
[emission]
years = [36500]
tail = "none"
cap = 36500
first_price = "100.00"
members = "100%"
[market]
lot = "0.1"
tick = "0.01"
fee = "1%"
offers_per_member = 20
`;
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, zone: "市场", honest: "没有人承诺会来买", sell: "卖出", buy: "买入", goSell: "卖出 10 手，每手最少 ¥0.50", goBuy: "买入 4 手，每手最多 ¥0.60", holds: "10 手留在挂单里，占用",
    fills: "4 手，每手 ¥0.50", progress: "已成交 4 手，共 10 手", back: "撤回剩下的 6 手", taken: "已撤回，占用的已退回。", own: /会与同一会员自己的挂单成交/, ended: "退回 6 手", halt: "暂停市场", reason: "原因：系统核对", resume: "恢复交易", refused: /市场暂停期间不接受新挂单/,
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, zone: "Market", honest: "nobody promises to buy", sell: "Sell", buy: "Buy", goSell: "Sell 10 lots for at least ¥0.50 each", goBuy: "Buy 4 lots for at most ¥0.60 each", holds: "10 lots in the book will hold",
    fills: "4 lots at ¥0.50", progress: "4 of 10 lots filled", back: "Take back the 6 lots left", taken: "Taken back; what it held has returned.", own: /would meet another of the same member/i, ended: "6 lots came back", halt: "Halt the market", reason: "Reason: 系统核对", resume: "Resume trading", refused: /takes no offers while it is halted/i,
  },
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let [owner, seller, buyer]: BrowserContext[] = [];
  let programme = "";
  const at = (path: string) => `/programmes/${programme}/${path}`;
  beforeAll(async () => {
    server = await serve();
    ({ owner, shopper: seller, programme } = await begin(browser, screen, server, PLAN));
    ({ context: buyer } = await open(browser, screen, server.base));
    await post(buyer.request, "/people", { login: "13800000002", password: "a long enough password", name: "Wang" });
    await post(buyer.request, at("me"), {});
    for (const member of [seller!, buyer]) {
      const order = await buy(member, programme, "tea");
      await pay(member, programme, order);
      await post(member.request, at(`orders/${order}/receive`), {});
    }
    for (const by of ["day", "day"]) await post(owner!.request, at("clock"), { by });
    for (const member of [seller!, buyer]) {
      const { id } = await read<{ id: string }>(member, at("me"));
      await post(owner!.request, at("commands"), { type: "task.complete", member: id });
    }
    await post(owner!.request, at("clock"), { by: "day" });
  });
  afterAll(() => server.stop());

  async function fill(page: Page, price: string, lots: string): Promise<void> {
    const sheet = page.locator("dialog");
    await sheet.locator("input[name=price]").fill(price);
    await sheet.locator("input[name=lots]").fill(lots);
  }

  it("lets two members trade, and one take the rest back", async () => {
    // Half of 268.00 came as money; 100 points of the day were shared by two.
    expect(await read(seller!, at("me/market"))).toMatchObject({ money: "134.00", points: "50", lots: "500" });
    const page = await seller!.newPage();
    await page.goto(`/p/${programme}`);
    await page.getByRole("navigation").getByRole("link", { name: say.zone, exact: true }).click();
    await page.waitForURL(`**/p/${programme}/market`);
    await settled(page);
    await page.getByText(say.honest).first().waitFor();
    await picture(page, `${screen}-market-none`);

    await page.getByRole("button", { name: say.sell, exact: true }).click();
    await fill(page, "0.50", "10");
    const sheet = page.locator("dialog");
    await sheet.getByText(say.holds).waitFor();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-market-sell`);
    await sheet.getByRole("button", { name: say.goSell }).click();
    await sheet.waitFor({ state: "detached" });
    await page.getByRole("button", { name: say.back.replace("6", "10") }).waitFor();
    expect(await read(seller!, at("me/market"))).toMatchObject({ points: "49", held_points: "1" });

    // The other pays at most 0.60 and gets the 0.50 of the earlier offer; the preview said so.
    const others = await buyer!.newPage();
    await others.goto(`/p/${programme}/market`);
    await settled(others);
    await others.getByRole("button", { name: say.buy, exact: true }).click();
    await fill(others, "0.60", "4");
    await others.locator("dialog").getByText(say.fills).waitFor();
    await picture(others, `${screen}-market-buy`);
    await others.locator("dialog").getByRole("button", { name: say.goBuy }).click();
    await others.locator("dialog").waitFor({ state: "detached" });
    // 4 · 0.50 and a fee of 0.02.
    expect(await read(buyer!, at("me/market"))).toMatchObject({ money: "131.98", points: "50.4", held_money: "0.00" });

    // The page of the first one hears of it by itself.
    await page.getByText(say.progress).waitFor();
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-market-part`);

    // One's own offer is not met: the whole is refused, and it is said which one it would be.
    await page.getByRole("button", { name: say.buy, exact: true }).click();
    await fill(page, "0.55", "1");
    await page.locator("dialog").getByText(say.own).waitFor();
    await picture(page, `${screen}-market-own`);
    await page.goBack();
    await page.locator("dialog").waitFor({ state: "detached" });

    // By keyboard: the rest comes back, and is told.
    await page.getByRole("button", { name: say.back }).focus();
    await page.keyboard.press("Enter");
    await page.getByText(say.taken).waitFor();
    await page.getByText(say.ended).waitFor();
    expect(await read(seller!, at("me/market"))).toMatchObject({ money: "135.98", points: "49.6", held_points: "0", open: [] });
    await settled(page);
    await picture(page, `${screen}-market-ended`);
    // A trade leads to its entry.
    await page.locator("a.lot").first().click();
    await page.waitForURL(`**/entries/*`);
    await page.getByText(/MKT-1/).first().waitFor();
    await page.close();
    await others.close();
  });

  it("is halted with a reason that members read, and resumed", async () => {
    const member = await buyer!.newPage();
    await member.goto(`/p/${programme}/market`);
    await settled(member);
    // Somebody has the form open when it is halted.
    await member.getByRole("button", { name: say.buy, exact: true }).click();
    await fill(member, "0.40", "5");
    await member.locator("dialog").getByRole("button", { name: say.buy }).waitFor();

    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/market`);
    await settled(page);
    await page.locator("textarea[name=reason]").fill("系统核对");
    await page.getByRole("button", { name: say.halt, exact: true }).click();
    await page.getByText(say.reason).waitFor();
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-market-halted`);

    await member.getByText(say.reason).waitFor();
    await fill(member, "0.41", "5");
    await member.locator("dialog").getByText(say.refused).waitFor();
    await picture(member, `${screen}-market-halted-form`);
    await member.goBack();
    await member.locator("dialog").waitFor({ state: "detached" });
    expect(await member.getByRole("button", { name: say.buy, exact: true }).isDisabled()).toBe(true);
    expect(await faultsOf(member, say.sandbox, say.truth)).toEqual([]);
    await picture(member, `${screen}-market-halted`);
    const refused = await buyer!.request.post(`/api/v1${at("me/market/offers")}`, { data: { side: "buy", price: "0.40", lots: 5, time_in_force: "gtc" }, headers: { "idempotency-key": "halted", "x-ratchet": "1" } });
    expect([refused.status(), ((await refused.json()) as { code: string }).code]).toEqual([409, "market_halted"]);

    await page.getByRole("button", { name: say.resume, exact: true }).click();
    await page.getByRole("button", { name: say.halt, exact: true }).waitFor();

    // Staff cancel an offer with a reason; its member sees who did.
    const { id } = await post<{ id: string }>(buyer!.request, at("me/market/offers"), { side: "buy", price: "0.40", lots: 5, time_in_force: "gtc" });
    await page.reload();
    await settled(page);
    await picture(page, `${screen}-console-market`);
    await page.locator("td .button.small").click();
    await page.locator("textarea[name=cancel-reason]").fill("测试撤单");
    await page.locator("dialog footer .button").click();
    await page.locator("dialog").waitFor({ state: "detached" });
    const { items } = await read<{ items: { id: string; state: string; ended_by_staff: boolean }[] }>(buyer!, at("me/market/offers"));
    expect(items.find((offer) => offer.id === id)).toMatchObject({ state: "cancelled", ended_by_staff: true });
    expect(await read(buyer!, at("me/market"))).toMatchObject({ money: "131.98", held_money: "0.00" });
    await page.close();
    await member.close();
  });
});
