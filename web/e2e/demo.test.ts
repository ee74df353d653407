import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, picture, type Screen } from "./browser.ts";
import { serveDemo, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** What the words are on each screen. */
const WORDS = {
  phone: { member: "以小梅的身份进商城", operator: "运营，周敏", second: "复核，林芳", lab: "进实验室", report: "看三万笔订单的整份报告", sandbox: "沙盒", truth: /收到的钱达到所花的有/, points: "现在全部卖出，到手", switch: "换一个项目", jobs: "等你办的", pool: /^盈利池 ¥[\d,.]+；都卖时会员得到 ¥[\d,.]+/, stays: "那时留在池中", review: /^复核 /, of: "消费增值" },
  desk: { member: "Enter the shop as Mei", operator: "Operator, Zhou Min", second: "Reviewer, Lin Fang", lab: "Enter the lab", report: "See the whole report on thirty thousand orders", sandbox: "Sandbox", truth: /received as much money as they spent/, points: "All sold now, you get", switch: "Another programme", jobs: "For you to do", pool: /^Pool ¥[\d,.]+; if all sold, members get ¥[\d,.]+/, stays: "Would stay in the pool", review: /^Review /, of: "Value growth" },
} as const;

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await serveDemo();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];

  it("first page, a member's points, back, the operator's inbox, a second reviewer, the report", async () => {
    const { page, watch } = await open(browser, screen, server.base);
    // Who comes anew begins in the lab; the doors are one step on.
    await page.goto("/");
    await page.waitForURL("**/lab?lang=*");
    await page.goto("/?doors");
    await page.getByRole("button", { name: say.member }).waitFor();
    await page.getByText(say.truth).waitFor();
    await settled(page);
    await page.getByRole("radio").first().waitFor();
    expect(await page.getByRole("heading", { level: 2 }).count()).toBe(3);
    expect(await page.getByRole("radio").count()).toBe(3);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-demo-doors`);

    // The member has points, and is told what they would pay now.
    await page.getByRole("button", { name: say.member }).click();
    await page.waitForURL("**/p/value-growth");
    await settled(page);
    await picture(page, `${screen}-demo-home`);
    await page.goto("/p/value-growth/points");
    await page.getByText(say.points).waitFor();
    await settled(page);
    expect(await page.locator(".lead .num").innerText()).toMatch(/^¥[1-9][\d,]*\.\d\d$/);
    await picture(page, `${screen}-demo-points`);

    // Back by the shop's own way, and in again as somebody else.
    await page.goto("/p/value-growth/me");
    await page.getByRole("link", { name: say.switch }).click();
    await page.getByRole("button", { name: say.operator }).click();
    await page.waitForURL("**/console/p/value-growth/inbox");
    await settled(page);
    // Who runs the programme sees what waits for two other people.
    expect(await page.locator("tbody tr:not(.group)").count()).toBe(3);
    expect(await page.getByRole("link", { name: say.review }).count()).toBe(0);
    // What it is theirs to do is said beside it: a withdrawal to pay, orders to send.
    expect(await page.getByRole("list", { name: say.jobs }).getByRole("link").count()).toBe(2);
    await picture(page, `${screen}-demo-inbox`);

    // The pool against what all members would get, with its figures for readers and why.
    await page.goto("/console/p/value-growth/dashboard");
    const figure = page.locator("figure").filter({ hasText: say.stays });
    await figure.waitFor();
    await settled(page);
    expect(await figure.locator("figcaption").innerText()).toMatch(say.pool);
    expect(await figure.locator("path.chart-line").count()).toBe(2);
    expect(await figure.locator("tbody tr").count()).toBeGreaterThan(20);
    const stays = await figure.locator(".num").innerText();
    await figure.locator(".num").click();
    expect(await page.locator("dialog .formula .sum dd").innerText()).toBe(stays);
    await page.goBack();
    await page.locator("dialog").waitFor({ state: "detached" });
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-demo-dashboard`);

    await page.goto("/");
    await page.getByRole("button", { name: say.second }).click();
    await page.waitForURL("**/console/p/value-growth/inbox");
    await settled(page);
    expect(await page.getByRole("link", { name: say.review }).count()).toBe(3);

    await page.goto("/");
    await page.getByRole("link", { name: say.lab }).click();
    await page.waitForURL("**/lab?lang=*");
    await page.goto("/?doors");
    await page.getByRole("link", { name: say.report }).click();
    await page.waitForURL("**/demo/report");
    expect(await page.locator("body").innerText()).toContain("10,000");
    expect([...watch.errors, ...watch.foreign]).toEqual([]);
    await page.context().close();
  });
});
