import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { buy, pay, read, seed, type Seed } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

/** Money at the provider that does not go as it should, in the console. */
const WORDS = {
  phone: { send: /^付款 ¥/, unknown: "没有回音，记为结果不明", ask: "问支付方", explain: "说明差异", note: "记下说明", one: "1 处差异没有说明", none: "没有未说明的差异" },
  desk: { send: /^Pay ¥/, unknown: "No answer: outcome unknown", ask: "Ask the provider", explain: "Explain", note: "Note the explanation", one: "1 difference is not explained", none: "No difference without an explanation" },
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let sown: Seed;
  beforeAll(async () => {
    server = await serve();
    sown = await seed(browser, screen, server);
  });
  afterAll(() => server.stop());

  it("a payout whose message is lost: unknown, then as the provider says", async () => {
    const { id } = await post<{ id: string }>(sown.shopper.request, `/programmes/${sown.programme}/me/withdrawals`, { amount: "15.00" });
    await post(sown.owner.request, `/programmes/${sown.programme}/withdrawals/${id}/approve`, {});
    const page = await sown.owner.newPage();
    await page.goto(`/console/p/${sown.programme}/withdrawals`);
    await page.locator("[name=payouts]").selectOption("lost");
    await expect.poll(async () => (await read<{ payouts: string }>(sown.owner, `/programmes/${sown.programme}/play-money`)).payouts).toBe("lost");
    await page.goto(`/console/p/${sown.programme}/withdrawals/${id}`);
    await page.locator("dialog").getByRole("button", { name: say.send }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.goto(`/console/p/${sown.programme}/withdrawals/${id}`);
    await page.locator("dialog").getByRole("button", { name: say.unknown }).click();
    await page.locator("dialog").getByRole("button", { name: say.ask }).waitFor();
    await picture(page, `${screen}-money-unknown`);
    await page.locator("dialog").getByRole("button", { name: say.ask }).click();
    await expect.poll(async () => (await read<{ state: string }>(sown.shopper, `/programmes/${sown.programme}/me/withdrawals/${id}`)).state, { timeout: 20_000 }).toBe("paid");
    await page.close();
  });

  it("a payment that nobody reported: a difference, until it is explained", async () => {
    const order = await buy(sown.shopper, sown.programme, "rice");
    await pay(sown.shopper, sown.programme, order, "lost", "open");
    const page = await sown.owner.newPage();
    await page.goto(`/console/p/${sown.programme}/reconciliation`);
    await settled(page);
    await page.getByRole("heading", { name: say.one }).waitFor();
    await picture(page, `${screen}-money-difference`);
    await page.getByRole("button", { name: say.explain }).click();
    await page.locator("[name=explanation]").fill("the provider's message was lost");
    await picture(page, `${screen}-money-explain`);
    await page.getByRole("button", { name: say.note }).click();
    await page.getByRole("heading", { name: say.none }).waitFor();
    await page.close();
  });
});
