import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setSecondFactor } from "./authenticator.ts";
import { launch, open, picture, type Screen } from "./browser.ts";
import { begin, buy, pay, read } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** From an activation pack to a payout: refused once with a reason, accepted, a product, an order, a tip, a suspension and its appeal (MERCH-1 to MERCH-11). */
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, title: "商家", packs: /看 ¥399\.00 起的商品/, shop: "店名", contact: "联系方式", goods: "卖什么", licence: /营业执照号码/, apply: "提交申请", applied: "申请在审核中", rejected: "申请没有通过", approved: "已是商家", suspended: "商家已暂停",
    reason: "理由，当事人会原样看到", reject: "不通过", approve: "通过", review: "审核 林家茶", open: "查看 林家茶", desk: "商家台", products: "我的商品", propose: "提出商品", name: "名称", price: "售价", cost: "你每件得多少；其余让给分账", award: /每件送买家多少健康值/, go: "提交审核", list: "上架", forSale: "在售", orders: "我的订单", ship: "发货", carrier: "快递公司", number: "快递单号", none: "没有这样的订单。",
    by: "快递公司 顺丰", tip: "打赏", howMuch: "给多少健康值", burned: "其中销毁", give: "打赏 1,000.0000 健康值", tipped: /已打赏 1,000/, money: "对账与提款", payout: "提款", payoutGo: "提款 ¥80.00", paid: "已到账", suspend: "暂停商家", resume: "恢复商家", appealSays: "你想说明什么", appeal: "提交申诉", answerSays: "答复，当事人会看到", answer: "答复", myCode: "我的码",
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, title: "Merchant", packs: /See goods from ¥399\.00 on/, shop: "Name of the shop", contact: "How to reach you", goods: "What you sell", licence: /Number of the business licence/, apply: "Apply", applied: "Your application is under review", rejected: "Your application was not accepted", approved: "You are a merchant", suspended: "Your merchant is suspended",
    reason: "Reason, which the person reads as it is", reject: "Reject", approve: "Approve", review: "Review 林家茶", open: "Open 林家茶", desk: "Merchant's desk", products: "My products", propose: "Propose a product", name: "Name", price: "Price", cost: "What you get of one; the rest goes to the split", award: /Value units for the buyer of one/, go: "Send for review", list: "List it", forSale: "For sale", orders: "My orders", ship: "Ship", carrier: "Carrier", number: "Its number", none: "No such orders.",
    by: "Sent by 顺丰", tip: "Tip", howMuch: "How many value units", burned: "Of them, burned", give: "Tip 1,000.0000 value units", tipped: /Tipped 1,000/, money: "Statement and payouts", payout: "Ask for a payout", payoutGo: "Ask for ¥80.00", paid: "Paid", suspend: "Suspend the merchant", resume: "Resume the merchant", appealSays: "What you want to say", appeal: "Appeal", answerSays: "Answer, which the person reads", answer: "Answer", myCode: "My code",
  },
} as const;
const REASON = "执照已过期 — the licence has ended";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let [owner, reviewer, shopper, guest]: BrowserContext[] = [];
  let [programme, member, customer] = ["", "", ""];
  const at = (path: string) => `/programmes/${programme}/${path}`;
  beforeAll(async () => {
    server = await serve();
    const plan = await readFile(join(import.meta.dirname, "../../plans/shared-purchase.toml"), "utf8");
    const begun = await begin(browser, screen, server, plan);
    ({ owner, shopper, programme, member } = begun);
    await post(owner.request, at("products"), { id: "pack", title: { zh: "激活礼包", en: "Activation pack" }, description: { zh: "一年的茶", en: "Tea for a year" }, picture: "parcel", price: "399.00", listed: true });
    const { link } = await post<{ link: string }>(owner.request, `/tenants/${begun.tenant}/invitations`, { role: "reviewer" });
    ({ context: reviewer } = await open(browser, screen, server.base));
    await post(reviewer.request, "/people", { login: "reviewer@example.org", password: "a long enough password", name: "Wang Fang", invitation: link.split("invitation=")[1] });
    await setSecondFactor(reviewer.request);
    ({ context: guest } = await open(browser, screen, server.base));
    await post(guest.request, "/people", { login: "13800000002", password: "a long enough password", name: "Mei" });
    customer = (await post<{ id: string }>(guest.request, at("me"), {})).id;
  });
  afterAll(() => server.stop());

  async function look(page: Page, name: string, truth: RegExp | null = say.truth): Promise<void> {
    await settled(page);
    await picture(page, `${screen}-merchant-${name}`);
    expect(await faultsOf(page, say.sandbox, truth)).toEqual([]);
  }
  async function fillApplication(page: Page): Promise<void> {
    await page.getByLabel(say.shop).fill("林家茶");
    await page.getByLabel(say.contact).fill("13800000001");
    await page.getByLabel(say.goods).fill("自家茶园的茶");
    await page.getByLabel(say.licence).fill("91330000X");
    await page.getByRole("button", { name: say.apply, exact: true }).click();
  }
  async function days(count: number): Promise<void> {
    for (let day = 0; day < count; day += 1) await post(owner!.request, at("clock"), { by: "day" });
  }

  it("asks for the pack, is refused with a reason, applies again and is accepted", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/me`);
    await page.getByRole("link", { name: say.title, exact: true }).click();
    await page.waitForURL("**/merchant");
    await page.getByRole("link", { name: say.packs }).waitFor();
    await look(page, "none");
    await page.getByRole("link", { name: say.packs }).click();
    await page.waitForURL("**/goods?from=399.00");
    await settled(page);
    expect(await page.locator(".goods a").count()).toBe(1);

    const order = await buy(shopper!, programme, "pack");
    await pay(shopper!, programme, order);
    await page.goto(`/p/${programme}/merchant`);
    await page.getByLabel(say.shop).waitFor();
    await look(page, "may");
    await fillApplication(page);
    await page.getByRole("heading", { name: say.applied }).waitFor();
    await look(page, "applied");

    const desk = await reviewer!.newPage();
    await desk.goto(`/console/p/${programme}/merchants`);
    await desk.getByRole("link", { name: say.review }).click();
    await desk.getByText("91330000X").waitFor();
    await look(desk, "review", null);
    await desk.getByLabel(say.reason).fill(REASON);
    await desk.getByRole("button", { name: say.reject, exact: true }).click();
    await desk.getByLabel(say.reason).waitFor({ state: "detached" });

    await page.goto(`/p/${programme}/merchant`);
    await page.getByRole("heading", { name: say.rejected }).waitFor();
    await page.getByText(REASON).first().waitFor();
    expect(await page.getByLabel(say.shop).inputValue()).toBe("林家茶");
    await look(page, "rejected");
    await page.getByRole("button", { name: say.apply, exact: true }).click();
    await page.getByRole("heading", { name: say.applied }).waitFor();

    await desk.goto(`/console/p/${programme}/merchants`);
    await desk.getByRole("link", { name: say.review }).click();
    await desk.getByRole("button", { name: say.approve, exact: true }).click();
    await desk.getByRole("button", { name: say.approve, exact: true }).waitFor({ state: "detached" });
    await page.goto(`/p/${programme}/merchant`);
    await page.getByRole("heading", { name: say.approved }).waitFor();
    await look(page, "approved");
    await desk.close();
    await page.close();
  });

  it("proposes a product that the company lists, ships it, tips, and is paid", async () => {
    await days(1);
    await post(owner!.request, at("commands"), { type: "emission.propose", issue: "first", member, points: "50" });
    await post(reviewer!.request, at("commands"), { type: "emission.approve", issue: "first" });
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/desk`);
    await page.getByRole("link", { name: say.products }).waitFor();
    await look(page, "desk");
    await page.getByRole("link", { name: say.products }).click();
    await page.waitForURL("**/desk/products");
    await page.getByRole("button", { name: say.propose }).click();
    const sheet = page.locator("dialog");
    await sheet.getByLabel(say.name, { exact: true }).fill("明前龙井");
    await sheet.getByLabel(say.price, { exact: true }).fill("100");
    await sheet.getByLabel(say.cost).fill("80");
    await sheet.getByLabel(say.award).fill("100");
    await picture(page, `${screen}-merchant-propose`);
    await sheet.getByRole("button", { name: say.go }).click();
    await sheet.waitFor({ state: "detached" });
    await page.getByText("明前龙井").waitFor();
    await look(page, "proposed");

    const desk = await owner!.newPage();
    await desk.goto(`/console/p/${programme}/merchants`);
    await desk.getByRole("button", { name: "明前龙井" }).click();
    await desk.getByRole("button", { name: say.list, exact: true }).waitFor();
    await look(desk, "list", null);
    await desk.getByRole("button", { name: say.list, exact: true }).click();
    await desk.locator("dialog").waitFor({ state: "detached" });
    await desk.getByRole("cell", { name: say.forSale, exact: true }).waitFor();
    await look(desk, "console", null);
    const { items } = await read<{ items: { id: string }[] }>(shopper!, `/programmes/${programme}/me/merchant/products`);
    const order = await buy(guest!, programme, items[0]!.id);
    await pay(guest!, programme, order);

    await page.goto(`/p/${programme}/desk/orders`);
    await page.getByRole("button", { name: say.ship, exact: true }).click();
    await sheet.getByLabel(say.carrier).fill("顺丰");
    await sheet.getByLabel(say.number).fill("SF1234567");
    await look(page, "ship");
    await sheet.getByRole("button", { name: say.ship, exact: true }).click();
    await sheet.waitFor({ state: "detached" });
    await page.getByText(say.none).waitFor();
    await page.locator("select").selectOption("shipped");
    await page.getByText("SF1234567").waitFor();
    await look(page, "shipped");
    const bought = await guest!.newPage();
    await bought.goto(`/p/${programme}/orders/${order}`);
    await bought.getByText("SF1234567").waitFor();
    await look(bought, "bought");
    await post(guest!.request, at(`orders/${order}/receive`), {});

    // The customer's code leads to the tip, which says first what burns.
    await bought.goto(`/p/${programme}/code`);
    await bought.getByText(customer).waitFor();
    await look(bought, "code", null);
    const { link } = await read<{ link: string }>(guest!, `/programmes/${programme}/me/code`);
    await page.goto(link);
    await page.getByLabel(say.howMuch).fill("1000");
    await page.getByText(say.burned).waitFor();
    await look(page, "tip");
    await page.getByRole("button", { name: say.give }).click();
    await page.getByText(say.tipped).waitFor();
    await look(page, "tipped");

    await days(8);
    await page.goto(`/p/${programme}/desk/money`);
    await page.getByRole("button", { name: say.payout, exact: true }).click();
    await sheet.getByRole("textbox").fill("80");
    await sheet.getByRole("button", { name: say.payoutGo }).click();
    await sheet.waitFor({ state: "detached" });
    await look(page, "payout");
    const { items: asked } = await read<{ items: { id: string }[] }>(shopper!, `/programmes/${programme}/me/merchant/payouts`);
    await post(reviewer!.request, at(`withdrawals/${asked[0]!.id}/approve`), {});
    await post(owner!.request, at(`withdrawals/${asked[0]!.id}/send`), {});
    await expect.poll(async () => (await read<{ items: { state: string }[] }>(shopper!, `/programmes/${programme}/me/merchant/payouts`)).items[0]?.state, { timeout: 20_000 }).toBe("paid");
    await page.goto(`/p/${programme}/desk/money`);
    await page.getByText(say.paid, { exact: true }).first().waitFor();
    await look(page, "paid");
    await Promise.all([page.close(), desk.close(), bought.close()]);
  });

  it("is suspended with a reason, appeals, is answered and goes on", async () => {
    const desk = await owner!.newPage();
    await desk.goto(`/console/p/${programme}/merchants`);
    await desk.getByRole("link", { name: say.open }).click();
    await desk.getByLabel(say.reason).fill("三单没有发货");
    await desk.getByRole("button", { name: say.suspend, exact: true }).click();
    await desk.getByRole("button", { name: say.resume, exact: true }).waitFor();

    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/merchant`);
    await page.getByRole("heading", { name: say.suspended }).waitFor();
    await page.getByText("三单没有发货").first().waitFor();
    await page.getByLabel(say.appealSays).fill("都已经寄出了");
    await look(page, "suspended");
    await page.getByRole("button", { name: say.appeal, exact: true }).click();
    await page.getByLabel(say.appealSays).waitFor({ state: "detached" });

    await desk.goto(`/console/p/${programme}/merchants`);
    await desk.getByRole("link", { name: say.review }).click();
    await desk.getByLabel(say.answerSays).fill("核实过了，你说得对");
    await look(desk, "appeal", null);
    await desk.getByRole("button", { name: say.answer, exact: true }).click();
    await desk.getByLabel(say.answerSays).waitFor({ state: "detached" });
    await desk.getByRole("button", { name: say.resume, exact: true }).click();
    await desk.getByRole("button", { name: say.resume, exact: true }).waitFor({ state: "detached" });
    await page.goto(`/p/${programme}/merchant`);
    await page.getByRole("heading", { name: say.approved }).waitFor();
    await page.getByText("核实过了，你说得对").waitFor();
    await look(page, "resumed");
    await Promise.all([page.close(), desk.close()]);
  });
});
