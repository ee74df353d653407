import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin, buy, pay, read } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** Green points: a grant, what today's close does with it, the close, and the entry. */
const WORDS = {
  phone: { zone: "绿色积分", todo: "今天的任务还没有做", done: "今天的任务做完了", stays: "锁着的不会少", history: "明细", of: /^\d+月\d+日的订单$/, sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, rule: "REL-8" },
  desk: { zone: "Green points", todo: "Today's task is not done", done: "Today's task is done", stays: "what is locked stays", history: "History", of: /^Order of \d+ \w+$/, sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, rule: "REL-8" },
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
  let [programme, member] = ["", ""];
  beforeAll(async () => {
    server = await serve();
    const plan = await readFile(join(import.meta.dirname, "../../plans/shared-purchase.toml"), "utf8");
    ({ owner, shopper, programme, member } = await begin(browser, screen, server, plan));
    const order = await buy(shopper, programme, "tea");
    await pay(shopper, programme, order);
    await post(shopper.request, `/programmes/${programme}/orders/${order}/receive`, {});
  });
  afterAll(() => server.stop());

  it("says what tonight's close releases, and the close does that", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}`);
    await page.getByRole("navigation").getByRole("link", { name: say.zone, exact: true }).click();
    await page.waitForURL(`**/p/${programme}/release`);
    await settled(page);
    await picture(page, `${screen}-release-none`);
    expect(await page.locator(".lot").count()).toBe(0);

    await post(owner!.request, `/programmes/${programme}/clock`, { by: "week" });
    await post(owner!.request, `/programmes/${programme}/clock`, { by: "day" });
    await page.reload();
    await page.getByText(say.todo).waitFor();
    await settled(page);
    // 268.00 grants 134 points; 3 ‰ of them are 0.402: 40 fen and a fraction, 28 fen in cash.
    expect(await page.locator(".lead .num").innerText()).toBe("0.4020");
    await page.getByText(say.stays).waitFor();
    await page.getByRole("link", { name: say.of }).waitFor();
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-release-todo`);
    await page.locator(".lead .num").click();
    const why = page.locator("dialog");
    await why.getByText("134").first().waitFor();
    expect(await why.locator(".formula .sum dd").innerText()).toBe("¥0.40");
    expect(await why.innerText()).toContain(say.rule);
    await picture(page, `${screen}-release-why`);
    await page.goBack();
    await why.waitFor({ state: "detached" });

    // How a member does it: shared.test.ts.
    await post(owner!.request, `/programmes/${programme}/commands`, { type: "task.complete", member });
    await page.reload();
    await page.getByText(say.done).waitFor();
    await picture(page, `${screen}-release-done`);
    await post(owner!.request, `/programmes/${programme}/clock`, { by: "day" });
    const wallet = await read<{ cash: string; reconsume: string }>(shopper!, `/programmes/${programme}/me/wallet`);
    expect(wallet).toMatchObject({ cash: "0.28", reconsume: "0.12" });

    // The history leads to the entry of the close, which says by what rule.
    await page.reload();
    await page.getByText(say.todo).waitFor();
    await page.getByRole("link", { name: say.history, exact: true }).click();
    await page.waitForURL(`**/movements/release`);
    await settled(page);
    expect(await page.locator(".lot b").allInnerTexts()).toEqual([expect.stringMatching(/0\.40/), expect.stringMatching(/134/)]);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-release-history`);
    await page.locator(".lot").first().click();
    await page.waitForURL(`**/entries/*`);
    await page.getByText(/REL-\d/).first().waitFor();
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-release-entry`);
    await page.close();
  });
});
