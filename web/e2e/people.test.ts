import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launch, open, picture, type Screen } from "./browser.ts";
import { read, seed, type Seed } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { settled } from "./sweep.ts";

const WORDS = {
  phone: { forgot: "忘记密码", byCode: "用验证码登录", send: "发验证码", renew: "设新密码", go: "登录", renewed: "新密码已设好", sent: "验证码已经发出", export: "导出我的数据", close: "注销账号", end: "注销，不能恢复", open: "张未完成的订单", login: "登录或注册", confirm: "确认", join: "加入", signUp: "注册", code: "发验证码", reveal: "显示全部", revealed: "已写进审计日志", reason: "理由：包裹退回来了", confirmSays: "先确认手机号或邮箱" },
  desk: { forgot: "Forgotten password", byCode: "Log in by a code", send: "Send me a code", renew: "Set the new password", go: "Log in", renewed: "The new password is set", sent: "a code is on its way", export: "Export my data", close: "Close my account", end: "Close, for good", open: "open orders", login: "Log in or sign up", confirm: "Confirm", join: "Join", signUp: "Sign up", code: "Send a code", reveal: "Show it whole", revealed: "It is in the audit log", reason: "Reason: 包裹退回来了", confirmSays: "First show that your phone number" },
} as const;
const PASSWORD = "a long enough password";

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

  /** The code that the server's log says was sent, once it is there and is another than the one before. */
  async function code(to: string, before?: string): Promise<string> {
    return vi.waitUntil(() => {
      const now = server.code(to);
      return now !== before && now;
    }, { timeout: 10_000, interval: 50 });
  }
  async function member(login: string): Promise<Page> {
    const { page, context } = await open(browser, screen, server.base);
    await post(context.request, "/people", { login, password: PASSWORD, name: "Chen" });
    await post(context.request, `/programmes/${sown.programme}/me`, {});
    return page;
  }

  it("whoever shows a code at sign-up has confirmed; without one nothing is asked", async () => {
    const { page, context, watch } = await open(browser, screen, server.base);
    const login = "13800000021";
    await page.goto(`/login?new&next=/p/${sown.programme}/join`);
    await page.locator("[name=login]").fill(login);
    await page.getByRole("button", { name: say.code }).click();
    await page.locator("[name=one-time-code]").fill(await code(login));
    await page.locator("[name=password]").fill("short");
    await page.locator("[name=name]").fill("Wu");
    await picture(page, `${screen}-people-sign-up`);
    await page.locator("form").getByRole("button", { name: say.signUp, exact: true }).click();
    // What is wrong with a field is said at it and nowhere else.
    await page.locator(".fault").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.locator("[name=password]").fill(PASSWORD);
    await page.locator("form").getByRole("button", { name: say.signUp, exact: true }).click();
    await page.waitForURL(({ pathname }) => pathname === `/p/${sown.programme}/join`);
    const { confirmed } = await (await context.request.get("/api/v1/me")).json() as { confirmed: boolean };
    expect(confirmed).toBe(true);
    expect([...watch.errors, ...watch.foreign]).toEqual([]);
  });

  it("a member's phone number is masked, is shown for a reason, and the audit log says so", async () => {
    const page = await sown.owner.newPage();
    await page.goto(`/console/p/${sown.programme}/members`);
    await page.getByText("138****0001").waitFor();
    expect(await page.locator("body").innerText()).not.toContain("13800000001");
    await page.goto(`/console/p/${sown.programme}/members/${sown.member}`);
    await page.getByText("138****0001").waitFor();
    await page.getByRole("button", { name: say.reveal }).click();
    const show = page.locator("form").getByRole("button", { name: say.reveal });
    expect(await show.isDisabled()).toBe(true);
    await page.locator("[name=reason]").fill("包裹退回来了");
    await show.click();
    await page.getByText("13800000001").waitFor();
    await page.getByText(say.revealed).waitFor();
    await picture(page, `${screen}-people-reveal`);
    await page.reload();
    await page.getByText("138****0001").waitFor();
    expect(await page.locator("body").innerText()).not.toContain("13800000001");
    await page.goto(`/console/p/${sown.programme}/audit`);
    await page.getByText(say.reason).waitFor();
    expect(await page.locator("body").innerText()).not.toContain("13800000001");
    await page.close();
  });

  it("a forgotten password: a code, a new one, logged in; then in by a code alone", async () => {
    const login = "13800000007";
    await member(login);
    const { page, watch } = await open(browser, screen, server.base);
    await page.goto(`/login?next=/p/${sown.programme}/me`);
    await page.getByRole("button", { name: say.forgot }).click();
    await page.locator("[name=login]").fill(login);
    await page.getByRole("button", { name: say.send }).click();
    await page.getByText(say.sent).waitFor();
    const first = await code(login);
    await page.locator("[name=one-time-code]").fill(first);
    await page.locator("[name=password]").fill("quite another password");
    await picture(page, `${screen}-people-forgot`);
    await page.getByRole("button", { name: say.renew }).click();
    await page.getByText(say.renewed).waitFor();
    await page.locator("[name=password]").fill("quite another password");
    await page.getByRole("button", { name: say.go, exact: true }).click();
    await page.waitForURL(`**/p/${sown.programme}/me`);
    await page.context().clearCookies();
    await page.goto(`/login?next=/p/${sown.programme}/me`);
    await page.getByRole("button", { name: say.byCode }).click();
    await page.locator("[name=login]").fill(login);
    await page.getByRole("button", { name: say.send }).click();
    await page.locator("[name=one-time-code]").fill(await code(login, first));
    await picture(page, `${screen}-people-code`);
    await page.getByRole("button", { name: say.go, exact: true }).click();
    await page.waitForURL(`**/p/${sown.programme}/me`);
    expect([...watch.errors, ...watch.foreign]).toEqual([]);
  });

  it("a tenant that asks for confirmed logins: a code before joining", async () => {
    const me = await read<{ tenants: { tenant: string }[] }>(sown.owner, "/me");
    const settings = `/tenants/${me.tenants[0]!.tenant}/settings`;
    await post(sown.owner.request, settings, { staff_second_factor: true, confirmed_login: true });
    const { page, context } = await open(browser, screen, server.base);
    await post(context.request, "/people", { login: "13800000006", password: PASSWORD, name: "Wu" });
    await page.goto(`/p/${sown.programme}/join`);
    await page.getByRole("button", { name: say.join, exact: true }).click();
    await page.getByText(say.confirmSays).waitFor();
    await page.locator("[name=login]").fill("13800000006");
    await page.getByRole("button", { name: say.send }).click();
    await page.locator("[name=one-time-code]").fill(await code("13800000006"));
    await picture(page, `${screen}-people-confirm`);
    await page.getByRole("button", { name: say.confirm, exact: true }).click();
    await page.waitForURL(`**/p/${sown.programme}`);
    await post(sown.owner.request, settings, { staff_second_factor: true, confirmed_login: false });
  });

  it("everything that is held of one as a file", async () => {
    const page = await sown.shopper.newPage();
    await page.goto(`/p/${sown.programme}/settings`);
    await settled(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: say.export }).click()]);
    const mine = JSON.parse(await readFile(await download.path(), "utf8")) as { person: { login: string }; programmes: { orders: { id: string }[] }[] };
    expect(mine.person.login).toBe("13800000001");
    expect(mine.programmes.flatMap(({ orders }) => orders.map(({ id }) => id))).toContain(sown.order);
    await page.close();
  });

  it("an account is closed: not while an order is open, else for good", async () => {
    const held = await sown.shopper.newPage();
    await held.goto(`/p/${sown.programme}/settings`);
    await held.getByRole("button", { name: say.close }).click();
    await held.locator("dialog [name=password]").fill(PASSWORD);
    await held.locator("dialog").getByRole("button", { name: say.end }).click();
    await held.locator("dialog").getByText(say.open).waitFor();
    await picture(held, `${screen}-people-close-refused`);
    await held.close();

    const page = await member("13800000008");
    await page.goto(`/p/${sown.programme}/settings`);
    await page.getByRole("button", { name: say.close }).click();
    await page.locator("dialog [name=password]").fill(PASSWORD);
    await picture(page, `${screen}-people-close`);
    await page.locator("dialog").getByRole("button", { name: say.end }).click();
    await page.waitForURL(`**/p/${sown.programme}`);
    await page.goto(`/p/${sown.programme}/me`);
    await page.getByRole("link", { name: say.login }).waitFor();
    const again = await page.request.post("/api/v1/sessions", { data: { login: "13800000008", password: PASSWORD } });
    expect(again.status()).toBe(401);
  });
});
