import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setSecondFactor } from "./authenticator.ts";
import { launch, open, picture, type Screen, written } from "./browser.ts";
import { read, seed, type Seed } from "./seed.ts";
import { planText, post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** A plan is changed by two people who see what it does; outside money comes in by two; things are found; an entry is decided again. */
const WORDS = {
  phone: {
    edit: "编辑", form: "表单", over: /155%/, sandbox: "沙盒", changed: /^草案：.*30% → 40%/, refused: "不能正式运行", rerun: "10,000 人已重跑", save: "存为草稿", saved: "已存为“wider”", propose: "提交第二人批准", done: "已提交，等第二人批准", approve: "批准这份文本", notYou: "不能由你复核",
    inject: /^提出注资 ¥500\.00$/, sent: "已提出，等第二人批准", carry: /^批准并执行 ¥500\.00$/, approved: "已批准", again: "重新决定", equal: /^一致：/, timeline: "时间线",
  },
  desk: {
    edit: "Edit", form: "Form", sandbox: "Sandbox", over: /155%/, changed: /^Draft: .*30% → 40%/, refused: "May not run live", rerun: "run through 10,000 people", save: "Save draft", saved: "Saved as “wider”", propose: "Propose to a second person", done: "Proposed; it waits for a second person", approve: "Approve this text", notYou: "Not for you to review",
    inject: /^Propose to inject ¥500\.00$/, sent: "Proposed; it waits for a second person", carry: /^Approve and carry out ¥500\.00$/, approved: "approved", again: "Decide again", equal: /^Equal:/, timeline: "Timeline",
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
  let sown: Seed;
  let second: BrowserContext;
  beforeAll(async () => {
    server = await serve();
    sown = await seed(browser, screen, server);
    const { tenants } = await read<{ tenants: { tenant: string }[] }>(sown.owner, "/me");
    const { link } = await post<{ link: string }>(sown.owner.request, `/tenants/${tenants[0]!.tenant}/invitations`, { role: "owner" });
    ({ context: second } = await open(browser, screen, server.base));
    const invitation = new URL(link, server.base).searchParams.get("invitation");
    await post(second.request, "/people", { login: "second@example.org", password: "a long enough password", name: "He Wei", invitation });
    await setSecondFactor(second.request);
  });
  afterAll(() => server.stop());
  const at = (path: string) => `/console/p/${sown.programme}/${path}`;

  it("a key is changed in the form: an error stands at it, and the text is what changed", async () => {
    const page = await sown.owner.newPage();
    await page.goto(at("plan/edit"));
    await settled(page);
    await page.getByText(say.refused).waitFor();
    await page.getByRole("button", { name: say.form, exact: true }).click();
    const pool = page.locator("[name='split.pool']");
    expect(await pool.inputValue()).toBe("30%");
    expect(await page.locator("[name='pool.opening_price']").getAttribute("readonly")).not.toBeNull();
    await pool.fill("95%");
    await pool.blur();
    await page.locator(".plan-form-row", { has: pool }).locator(".fault").getByText(say.over).waitFor();
    expect(await pool.getAttribute("aria-invalid")).toBe("true");
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-plan-form`);
    await pool.fill("40%");
    await pool.blur();
    await page.locator(".fault").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: say.changed }).waitFor();
    await page.getByRole("button", { name: say.edit, exact: true }).click();
    expect(await written(page.locator(".plan-editor"))).toBe((await planText()).replace('pool = "30%"', 'pool = "40%"'));
    await page.close();
  });

  it("a draft is looked at, saved, proposed, and approved by another person", async () => {
    const page = await sown.owner.newPage();
    await page.goto(at("plan/edit"));
    await settled(page);
    await page.getByText(say.refused).waitFor();
    await page.getByRole("button", { name: say.edit, exact: true }).click();
    const text = (await planText()).replace('pool = "30%"', 'pool = "40%"').replace('commission = "30%"', 'commission = "20%"');
    const editor = page.locator(".plan-editor");
    await editor.fill(text.replace("mint_ratio", "mint_ration"));
    await editor.locator("> .wrong").waitFor();
    await editor.fill(text);
    await page.getByRole("heading", { name: say.changed }).waitFor();
    await page.getByText(say.rerun).waitFor();
    await page.locator(".chip").first().click();
    expect(await page.locator("ins").count()).toBe(2);
    await picture(page, `${screen}-plan-draft`);
    // 26 people got back all they spent under the plan that runs, 69 would under the draft.
    const whole = page.locator(".population tbody tr").first();
    expect((await whole.locator("td").allInnerTexts()).slice(1)).toEqual(["26", "69"]);
    await whole.locator(".num").last().click();
    await page.locator("dialog").getByText("DISC-1").waitFor();
    await page.goBack();
    await page.locator("[name=version]").fill("wider");
    await page.getByRole("button", { name: say.save }).click();
    await page.getByText(say.saved).waitFor();
    await page.getByRole("button", { name: say.propose }).click();
    await page.getByText(say.done).waitFor();
    await page.goto(at("inbox"));
    await page.getByText(say.notYou).waitFor();
    await page.close();

    const other = await second.newPage();
    await other.goto(at("decisions/wider"));
    const drawer = other.locator("dialog");
    await drawer.locator("[type=checkbox]").check();
    await drawer.locator(".population").waitFor();
    await picture(other, `${screen}-plan-approve`);
    await drawer.getByRole("button", { name: say.approve }).click();
    await drawer.waitFor({ state: "detached" });
    const { proposals } = await read<{ proposals: { state: string }[] }>(second, `/programmes/${sown.programme}/plan/versions`);
    expect(proposals[0]!.state).toBe("approved");
    await other.goto(at("plan"));
    await settled(other);
    await picture(other, `${screen}-plan-versions`);
    await other.close();
  });

  it("outside money is proposed by one person and carried out by another", async () => {
    const page = await sown.owner.newPage();
    await page.goto(at("pool"));
    await settled(page);
    await page.locator("[name=amount]").fill("500");
    await page.locator("[name=source]").fill("subsidy");
    await page.getByRole("button", { name: say.inject }).click();
    await page.getByText(say.sent).waitFor();
    await page.close();
    const { decisions } = await read<{ decisions: { proposal?: { id: string; command: Record<string, string> } }[] }>(second, `/programmes/${sown.programme}/inbox`);
    const id = decisions.find(({ proposal }) => proposal?.command["amount"] === "500.00")!.proposal!.id;
    const other = await second.newPage();
    await other.goto(at(`decisions/${id}`));
    const drawer = other.locator("dialog");
    await drawer.locator("table").waitFor();
    await drawer.locator("[type=checkbox]").check();
    await picture(other, `${screen}-pool-approve`);
    await drawer.getByRole("button", { name: say.carry }).click();
    await drawer.waitFor({ state: "detached" });
    await other.goto(at("pool"));
    await settled(other);
    await other.getByText(say.approved, { exact: true }).waitFor();
    await picture(other, `${screen}-pool`);
    await other.close();
  });

  it("a member is found by phone, its timeline leads to entries, and an entry is decided again", async () => {
    const page = await sown.owner.newPage();
    await page.goto(at("inbox"));
    await settled(page);
    await page.keyboard.press("/");
    await page.keyboard.type("13800000001");
    await page.locator(".search-hits a").first().waitFor();
    await picture(page, `${screen}-search`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/members/${sown.member}`);
    await page.getByRole("heading", { name: say.timeline }).waitFor();
    await page.locator(".steps li").first().waitFor();
    await picture(page, `${screen}-timeline`);
    const entry = page.locator(".steps small a").last();
    const seq = (await entry.getAttribute("href"))!.split("/").at(-1)!;
    await entry.click();
    await page.waitForURL(`**/journal/${seq}`);
    await page.getByRole("button", { name: say.again }).click();
    await page.getByText(say.equal).waitFor();
    await picture(page, `${screen}-decided-again`);
    await page.close();
  });
});
