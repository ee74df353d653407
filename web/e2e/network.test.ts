import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin, read } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** An agent is appointed and a weight set by forms; an order's part and a dividend are explained to the entry; the tree is opened to a member; ranks say by what. */
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, appoint: "任命", member: "会员编号", would: /从下一次付款起/, appointed: /已是浙江省杭州市西湖区的代理/, level: "区代", weight: "权重", set: "设定权重", wouldSet: /的权重成为 0\.5/, set2: /的权重是 0\.5/,
    refused: /没有这个会员|没有.*会员/, dismiss: "免去", dismissSays: /留作未分配/, income: /每张订单得了多少/, agent: "区域代理", shares: "股东分红", mine: "我的分红", entry: /^凭证/, look: "查找", invited: (name: string) => `${name} 推荐的人`, way: /^到 .* 的路$/, map: /冰柱图$/, branch: /40 人/, ranks: "级别", became: /无级别 → 一级/, ofMember: "级别与凭据", place: "在网络中的位置",
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, appoint: "Appoint", member: "Member id", would: /From the next payment on/, appointed: /is agent of 浙江省杭州市西湖区 now/, level: "District", weight: "Weight", set: "Set a weight", wouldSet: /becomes 0\.5/, set2: /is 0\.5\./,
    refused: /no member/, dismiss: "Dismiss", dismissSays: /stays undistributed/, income: /What each order paid/, agent: "Regional agent", shares: "Shareholder's dividend", mine: "My dividend", entry: /^entry/, look: "Find", invited: (name: string) => `Invited by ${name}`, way: /^The way to/, map: /^Icicle of/, branch: /40 members/, ranks: "Ranks", became: /no rank → Level 1/, ofMember: "Rank and evidence", place: "Place in the network",
  },
} as const;
/** Below one of the first, so that the tree has something to page through. */
const BELOW = 40;

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
  const clock = async (by: string) => post(owner!.request, `/programmes/${programme}/clock`, { by });
  beforeAll(async () => {
    server = await serve();
    // Ranks that a few orders reach, and a dividend each day.
    const text = await readFile(join(import.meta.dirname, "../../plans/distribution-mall.toml"), "utf8");
    const plan = text.replace('volume = "50000.00"', 'volume = "1000.00"').replace('period = "month"', 'period = "day"');
    ({ owner, shopper, programme, member } = await begin(browser, screen, server, plan));
  });
  afterAll(() => server.stop());

  it("an agent is appointed by a form that says what it does", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/agents`);
    await settled(page);
    await page.getByLabel(say.member).fill("nobody");
    await page.locator("select[name=province]").selectOption("330000");
    // What cannot be is said before it is sent.
    const appoint = page.getByRole("button", { name: say.appoint, exact: true });
    await expect.poll(() => appoint.getAttribute("aria-describedby")).not.toBeNull();
    await page.locator("form .act p").filter({ hasText: say.refused }).waitFor();
    expect(await appoint.isDisabled()).toBe(true);
    await picture(page, `${screen}-console-agents-refused`);
    await page.getByLabel(say.member).fill(member);
    await page.locator("select[name=city]").selectOption("330100");
    await page.locator("select[name=district]").selectOption("330106");
    await page.getByText(say.would).waitFor();
    await picture(page, `${screen}-console-agents-would`);
    await appoint.click();
    await page.getByText(say.appointed).waitFor();
    await page.locator("tbody tr").waitFor();
    expect(await page.locator("tbody tr").innerText()).toContain("330106");
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-agents`);
    await page.close();
  });

  it("a weight is set by a form", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/shareholders`);
    await settled(page);
    await page.getByLabel(say.member).fill(member);
    await page.getByLabel(say.weight, { exact: false }).first().fill("0.5");
    await page.getByText(say.wouldSet).waitFor();
    await page.getByRole("button", { name: say.set, exact: true }).click();
    await page.getByText(say.set2).waitFor();
    await page.locator("tbody tr").waitFor();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-shareholders`);
    await page.close();
  });

  it("orders of many pay the agent and the shareholder, and make a rank", async () => {
    // Members that orders bring in, each below the shopper's or below the first of them.
    const first = "m-first";
    const names = [first, ...Array.from({ length: BELOW }, (_, n) => `m-${n}`)];
    const commands = [
      ...names.map((name) => ({ type: "order.pay", order: `o-${name}`, member: name, lines: [{ line: "1", amount: "100.00" }], ship_to: "330106" })),
      ...names.map((name) => ({ type: "member.bind", member: name, referrer: name === first ? member : first })),
      ...names.map((name) => ({ type: "order.receive", order: `o-${name}` })),
    ];
    const { answers } = await post<{ answers: { refusal?: object }[] }>(owner!.request, `/programmes/${programme}/batches`, { commands });
    expect(answers.filter(({ refusal }) => refusal)).toEqual([]);
    for (const by of ["week", "next_close"]) await clock(by);
    await vi.waitUntil(async () => (await read<{ items: unknown[] }>(shopper!, `/programmes/${programme}/me/dividends`)).items.length > 0, { timeout: 20_000, interval: 100 });
  });

  it("a member sees what each order paid as agent, and the entry says why", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/me`);
    await page.getByRole("link", { name: say.agent }).click();
    await page.waitForURL(`**/p/${programme}/agent`);
    await settled(page);
    await page.locator("section a.lot").first().waitFor();
    // 3% of 100.00 of 41 orders.
    expect(await page.locator("p.t22").innerText()).toBe("¥123.00");
    expect(await page.locator("section a.lot").first().innerText()).toContain("¥100.00 × 3% = ¥3.00");
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-agent`);
    await page.locator("section a.lot").first().click();
    await page.waitForURL(`**/entries/*`);
    await page.getByText("COMM-4").first().waitFor();
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-agent-entry`);
    await page.close();
  });

  it("a shareholder sees each dividend by its formula, and the entry says why", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/me`);
    await page.getByRole("link", { name: say.shares }).click();
    await page.waitForURL(`**/p/${programme}/shares`);
    await settled(page);
    await page.locator(".formula").first().waitFor();
    // 1% of 4,100.00, all of it by the only weight.
    const sums = page.locator(".formula").first().locator(".sum dd");
    expect(await sums.allInnerTexts()).toEqual(["¥41.00", "¥41.00"]);
    expect(await page.locator(".formula").first().innerText()).toContain("¥4,100.00");
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shares`);
    await page.locator("article a").first().click();
    await page.waitForURL(`**/entries/*`);
    await page.getByText("COMM-5").first().waitFor();
    await page.getByText("own weight").first().waitFor();
    await picture(page, `${screen}-shares-entry`);
    await page.close();
  });

  it("the tree opens to a member, by search and by the icicle", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/network`);
    await settled(page);
    const tree = page.locator("section[aria-labelledby=tree]");
    await tree.locator(".node").first().waitFor();
    await tree.getByRole("button", { name: say.invited("Lin") }).click();
    await tree.getByRole("button", { name: say.invited("m-first") }).click();
    await tree.getByText("m-39", { exact: true }).or(tree.getByText("m-0", { exact: true })).first().waitFor();
    expect(await tree.locator(".node").count()).toBe(2 + 20);
    await tree.getByRole("button", { name: /20/ }).last().click();
    await expect.poll(() => tree.locator(".node").count()).toBe(2 + 40);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, `${screen}-console-network`);

    // By keyboard: from the largest branch down to one of those below, and on to the tree.
    const map = page.getByRole("application", { name: say.map });
    await map.focus();
    await page.keyboard.press("ArrowDown");
    expect(await page.locator("#icicle-branch").innerText()).toContain("m-first");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/network/m-*`);
    await page.locator(".way").waitFor();
    await expect.poll(() => page.locator(".way a").allInnerTexts()).toEqual(["Lin", "m-first"]);

    await page.goto(`/console/p/${programme}/network`);
    await page.locator("input[name=network-member]").fill("m-17");
    await page.getByRole("button", { name: say.look, exact: true }).click();
    await page.getByRole("button", { name: "m-17", exact: true }).click();
    await page.waitForURL(`**/network/m-17`);
    await expect.poll(() => page.locator(".way a").allInnerTexts()).toEqual(["Lin", "m-first"]);
    expect(await tree.locator(".node.marked b").innerText()).toBe("m-17");
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-network-way`);
    await page.close();
  });

  it("ranks say by what, on their page and at the member", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/ranks`);
    await settled(page);
    await page.getByText(say.became).first().waitFor();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-ranks`);
    await page.locator("section[aria-labelledby=ranked] tbody a").first().click();
    await page.getByRole("heading", { name: say.ofMember }).waitFor();
    await page.getByText(say.became).first().waitFor();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-member-rank`);
    await page.close();
  });

  it("an agent is dismissed after it was said what that does", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/agents`);
    await settled(page);
    await page.getByRole("button", { name: say.income }).click();
    await page.locator("dialog .rows dt").first().waitFor();
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-agent-income`);
    await page.goBack();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.locator("tbody").getByRole("button", { name: say.dismiss, exact: true }).click();
    const sheet = page.locator("dialog");
    await sheet.getByText(say.dismissSays).waitFor();
    await picture(page, `${screen}-console-agent-dismiss`);
    await sheet.getByRole("button", { name: say.dismiss, exact: true }).click();
    await sheet.waitFor({ state: "detached" });
    await expect.poll(async () => (await read<{ items: unknown[] }>(owner!, `/programmes/${programme}/agents`)).items.length).toBe(0);
    await page.close();
  });
});
