import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ariaFault } from "./aria.ts";
import { launch, open, picture, type Screen, SCREENS, written } from "./browser.ts";
import { serveDemo, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** What the words are on each screen. */
const WORDS = {
  phone: {
    lang: "zh", sandbox: "沙盒", truth: /拿回/, go: "运行，看结果", skip: "不猜，直接看", bet: "你猜多少人能拿回来", back: "26 人拿回", not: "9,974 人没有", next: "你会是第几个？", nth: "第几个加入", last: "第 10,000 个", paradox: "可是积分的价格不是一直在涨吗？", stop: "不再增长", sell: "有人抛售", pool: /^盈利池/,
    now: /277 人/, check: "自己核对", member: /^进商城当会员/, plan: /^试自己的计划/, other: "English", otherGo: "Run it and see", joined: /^已加入/, same: "和链接里记的摘要一样。", otherVersion: /链接出自版本 0\.0\.9/, otherResult: /版本却一样/, damaged: /这个链接残缺/,
    text: "计划原文", nearest: /是不是想写 ?`?mint_ratio/, old: /^文本有错，这是/, who: /10,000 人得到更多/, wrong: /第 41 行/, ahead: "前面还有 3 个运行", cancel: "取消", cancelled: "已取消", again: "再运行一次", data: "看数据", beside: /这次用了 \d+\.\d\d 秒。同时商城记账，100 笔里 99 笔在 12 毫秒内写完。/, open: "在实验室里打开",
  },
  desk: {
    lang: "en", sandbox: "Sandbox", truth: /got|back/, go: "Run it and see", skip: "No bet, just show me", bet: "How many get it back, your bet", back: "26 got it back", not: "9,974 did not", next: "Which one are you?", nth: "Place in the order of joining", last: "No. 10,000", paradox: "But does the price of a point not rise?", stop: "No more growth", sell: "Some sell", pool: /^Pool set/,
    now: /277 of/, check: "Check it yourself", member: /^Enter the shop as a member/, plan: /^Try a plan of your own/, other: "中文", otherGo: "运行，看结果", joined: /joined$/, same: "The digest is the one in the link.", otherVersion: /made by version 0\.0\.9/, otherResult: /though the version is the same/, damaged: /This link is damaged/,
    text: "Text of the plan", nearest: /did you mean `?mint_ratio/, old: /^The text has errors; this is the result of/, who: /10,000 get more/, wrong: /Line 41/, ahead: "3 runs before yours", cancel: "Cancel", cancelled: "cancelled", again: "Run it again", data: "See data", beside: /This run took \d+\.\d\d s\. Meanwhile the shop went on, 99 of 100 of its entries written within 12 ms\./, open: "Open in the lab",
  },
} as const;
const NARROWEST = 360;
/** 1,280 pixels at 400 %, as WCAG asks for. */
const ZOOMED = 320;

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

const digestIn = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("digest");
async function shown(page: Page): Promise<void> {
  await page.locator(".foot").waitFor();
  await settled(page);
}

describe.each(["phone", "desk"] as const)("the lab on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  const faults = async (page: Page, name: string) => {
    const found = await faultsOf(page, say.sandbox, say.truth);
    const aria = await ariaFault(page, `${screen}-lab-${name}`);
    if (aria) found.push(aria);
    await page.emulateMedia({ colorScheme: "dark" });
    found.push(...(await faultsOf(page, say.sandbox, null)).map((fault) => `dark: ${fault}`));
    await picture(page, `${screen}-lab-${name}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    await picture(page, `${screen}-lab-${name}`);
    for (const width of [NARROWEST, ZOOMED]) {
      await page.setViewportSize({ width, height: SCREENS[screen].viewport.height });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - (visualViewport?.width ?? innerWidth));
      if (over > 0) found.push(`${name} scrolls sideways by ${over} at ${width}`);
    }
    await page.setViewportSize(SCREENS[screen].viewport);
    return found;
  };

  /** The page of one's own plan, once what it begins with has run. */
  async function openPlan() {
    const opened = await open(browser, screen, server.base);
    await opened.page.goto("/lab/plan");
    const area = opened.page.getByRole("textbox", { name: say.text });
    await area.waitFor();
    await shown(opened.page);
    return { ...opened, area, plan: await written(area) };
  }

  it("a bet, the result, one of them, the price, switches, doors", async () => {
    const { page, watch } = await open(browser, screen, server.base);
    await page.goto("/lab");
    await page.getByRole("slider", { name: say.bet }).fill("5000");
    expect(await faults(page, "bet")).toEqual([]);
    await page.getByRole("button", { name: say.go }).click();

    // Bet beside result; the dots are said in words.
    await shown(page);
    await page.getByText(say.back, { exact: true }).waitFor();
    await page.getByText(say.not, { exact: true }).waitFor();
    expect(await page.locator(".versus dd").allInnerTexts()).toEqual(["5,000", "26"]);
    expect(await page.locator(".big").innerText()).toContain("¥206.92");
    expect(await faults(page, "result")).toEqual([]);
    if (screen === "desk") {
      // The picture of README.md: `docs/guide/lab.png`.
      await page.setViewportSize({ width: 1100, height: 680 });
      await picture(page, "readme-lab");
      await page.setViewportSize(SCREENS.desk.viewport);
    }
    const digest = digestIn(page);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);

    // Be one of them.
    await page.getByRole("button", { name: say.next }).click();
    const slider = page.getByRole("slider", { name: say.nth });
    await slider.fill("10000");
    expect(await slider.getAttribute("aria-valuetext")).toContain("¥168.00");
    expect(await page.locator(".versus dd").last().innerText()).toBe("¥168.00");
    await slider.fill("1");
    expect(await page.locator(".versus dd").last().innerText()).toBe("¥2,400.07");
    await page.getByRole("heading", { name: say.paradox }).waitFor();
    await page.getByRole("button", { name: say.data }).first().click();
    expect(await page.locator("figure tbody tr").first().innerText()).toContain("¥2,400.07");
    await page.getByRole("button", { name: say.data }).count();

    // Each switch with its own number, then together.
    for (const [name, people] of [[say.stop, "13"], [say.pool, "277"]] as const) {
      const row = page.locator(".switch").filter({ has: page.getByRole("switch", { name }) });
      await row.getByText(new RegExp(`^${people} `)).waitFor();
    }
    expect(await faults(page, "nth")).toEqual([]);
    await page.getByRole("switch", { name: say.pool }).click();
    await page.getByText(say.now).last().waitFor();
    expect(await page.getByRole("switch", { name: say.pool }).getAttribute("aria-checked")).toBe("true");
    await page.waitForFunction(() => location.hash.includes("split.pool"));
    await page.getByRole("switch", { name: say.pool }).click();
    await page.waitForFunction(() => !location.hash.includes("split.pool"));
    expect(digestIn(page)).toBe(digest);

    // How to check it, and back by the browser's own way.
    await page.getByText(say.check, { exact: true }).click();
    expect(await page.locator(".foot code").first().innerText()).toBe("ratchet lab 'plan=value-growth&count=10000&spend=1000.00&seed=1'");
    await page.goBack();
    await page.getByRole("button", { name: say.next }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: say.go }).waitFor();
    await page.goForward();
    await page.goForward();
    await page.getByRole("button", { name: say.member }).click();
    await page.waitForURL("**/p/value-growth");
    await settled(page);
    expect([...watch.errors, ...watch.foreign]).toEqual([]);
    await page.context().close();
  });

  it("by keyboard alone", async () => {
    const { page } = await open(browser, screen, server.base);
    await page.goto("/lab");
    await page.getByRole("button", { name: say.go }).waitFor();
    const tabTo = async (name: string | RegExp, role: "slider" | "button" | "link" | "switch") => {
      for (let press = 0; press < 40; press += 1) {
        await page.keyboard.press("Tab");
        if (await page.getByRole(role, { name }).first().evaluate((element) => element === document.activeElement)) return;
      }
      throw new Error(`no way to ${String(name)}`);
    };
    await tabTo(say.bet, "slider");
    await page.keyboard.press("ArrowRight");
    await tabTo(say.go, "button");
    await page.keyboard.press("Enter");
    await shown(page);
    // The new step begins at its heading.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    expect(await page.locator(".versus dd").first().innerText()).toBe("4,010");
    await tabTo(say.next, "button");
    await page.keyboard.press("Enter");
    await tabTo(say.nth, "slider");
    await page.keyboard.press("End");
    expect(await page.locator(".versus dd").last().innerText()).toBe("¥168.00");
    await tabTo(say.stop, "switch");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => location.hash.includes("only=5000"));
    await tabTo(say.plan, "link");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/lab/plan?*");
    await page.context().close();
  });

  it("the language changes in place, and the page stands without script", async () => {
    const { page, context } = await open(browser, screen, server.base);
    await page.goto("/lab");
    await page.getByRole("slider", { name: say.bet }).fill("70");
    await page.getByRole("link", { name: say.other }).click();
    await page.getByRole("button", { name: say.otherGo }).waitFor();
    expect(await page.getByRole("slider").inputValue()).toBe("70");
    await page.reload();
    await page.getByRole("button", { name: say.otherGo }).waitFor();
    await context.close();

    const bare = await browser.newContext({ ...SCREENS[screen], baseURL: server.base, javaScriptEnabled: false });
    const still = await bare.newPage();
    await still.goto("/lab");
    expect(await still.locator("body").innerText()).toContain(say.sandbox);
    await still.getByRole("button", { name: say.go }).waitFor();
    await still.getByRole("link", { name: say.other }).click();
    await still.getByRole("button", { name: say.otherGo }).waitFor();
    await bare.close();
  });

  it("the dots fill and the few are seen alone; without motion the end is there at once", async () => {
    const context = await browser.newContext({ ...SCREENS[screen], reducedMotion: "no-preference", baseURL: server.base });
    const page = await context.newPage();
    await page.goto("/lab#plan=value-growth");
    await page.getByText(say.joined).first().waitFor();
    await page.getByText(say.back, { exact: true }).waitFor();
    await picture(page, `${screen}-lab-hold`);
    expect(await page.getByText(say.not, { exact: true }).isVisible()).toBe(false);
    await shown(page);
    await page.getByText(say.not, { exact: true }).waitFor();
    await context.close();
    const { page: still } = await open(browser, screen, server.base);
    await still.goto("/lab");
    await still.getByRole("link", { name: say.skip }).click();
    await shown(still);
    expect(await still.getByText(say.joined).count()).toBe(0);
    expect(await still.locator(".versus dd").allInnerTexts()).toEqual(["26"]);
    await still.context().close();
  });

  it("a link says whether the same came of it", async () => {
    const first = await open(browser, screen, server.base);
    await first.page.goto("/lab#plan=value-growth&count=500&spend=12.50&seed=7");
    await shown(first.page);
    await first.page.waitForFunction(() => location.hash.includes("digest="));
    const link = first.page.url();
    await first.context.close();

    const { page, context } = await open(browser, screen, server.base);
    await page.goto(link);
    await page.getByText(say.same).waitFor();
    expect(page.url()).toBe(link);
    const digest = digestIn(page) ?? "";
    await page.goto("about:blank");
    await page.goto(link.replace(digest, "0".repeat(64)));
    await page.getByText(say.otherResult).waitFor();
    await page.goto("about:blank");
    await page.goto(link.replace(digest, "0".repeat(64)).replace(/version=[\d.]+/, "version=0.0.9"));
    await page.getByText(say.otherVersion).waitFor();
    await page.goto("about:blank");
    await page.goto("/lab#plan=value-growth&pool=3");
    await page.getByText(say.damaged).waitFor();
    await context.close();
  });

  it("a run that has to wait says how many are before it, and can be given up", async () => {
    const { page, context } = await open(browser, screen, server.base);
    // As a server with much to do answers.
    const waiting = { id: "a".repeat(32), state: "waiting", ahead: 3 };
    await page.route("**/api/v1/lab/runs", (route) => route.fulfill({ json: waiting }));
    await page.route("**/api/v1/lab/runs/*/events", (route) => route.fulfill({ contentType: "text/event-stream", body: "" }));
    await page.route(`**/api/v1/lab/runs/${waiting.id}`, (route) => route.fulfill({ json: route.request().method() === "DELETE" ? { ...waiting, state: "failed", problem: { code: "lab.cancelled", text: { zh: "已取消", en: "cancelled" }, errors: [] } } : waiting }));
    await page.goto("/lab");
    await page.getByRole("button", { name: say.go }).click();
    await page.getByText(say.ahead).waitFor();
    await page.getByRole("button", { name: say.cancel }).click();
    await page.getByRole("button", { name: say.go }).waitFor();
    // A link has no bet to go back to: it says that it was cancelled, and can be run again.
    await page.goto("about:blank");
    await page.goto("/lab#plan=value-growth");
    await page.getByRole("button", { name: say.cancel }).click();
    await page.getByText(say.cancelled, { exact: true }).waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: say.again }).click();
    await shown(page);
    // Whoever asks too often is told the seconds.
    await page.route("**/api/v1/lab/runs", (route) => route.fulfill({ status: 429, headers: { "Retry-After": "17" }, json: { code: "rate_limited", title: "…" } }));
    await page.goto("about:blank");
    await page.goto("/lab#seed=9");
    await page.getByText(/17/).waitFor();
    await context.close();
  });

  it("a plan of one's own: the nearest key, then what it does to the same people", async () => {
    const { page, watch, area, plan } = await openPlan();
    expect(await faults(page, "plan")).toEqual([]);
    await area.fill(plan.replace("mint_ratio", "mint_ration"));
    await page.getByText(say.nearest).waitFor();
    await page.getByRole("button", { name: say.wrong }).waitFor();
    await page.getByText(say.old).waitFor();
    // What is wrong stands under its line, and is no part of the text.
    const line = area.locator("> .wrong");
    expect(await line.innerText()).toBe('mint_ration = "70%"');
    expect(await line.getAttribute("data-said")).toMatch(say.nearest);
    const [high, below] = await line.evaluate((element) => [element.getBoundingClientRect().height, getComputedStyle(element, "::after").display] as const);
    expect([high > 40, below]).toEqual([true, "block"]);
    expect(await area.getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(`[id="${await area.getAttribute("aria-describedby")}"]`).innerText()).toMatch(say.nearest);
    expect(await faults(page, "plan-wrong")).toEqual([]);
    await area.fill(plan.replace('pool = "30%"', 'pool = "40%"').replace('commission = "30%"', 'commission = "20%"'));
    await page.getByText(say.who).waitFor();
    expect(await page.locator(".outcome").innerText()).toContain("¥276.01");
    await page.waitForFunction(() => location.hash.includes("plan_text="));
    const mine = page.url();
    // Every plan that can be begun with can be run.
    const names = await page.locator("select option").evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    for (const name of names.filter((each) => each !== "value-growth")) {
      const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === "POST" && response.url().endsWith("/lab/runs")), page.locator("select").selectOption(name)]);
      expect(((await answer.json()) as { state: string }).state, name).not.toBe("failed");
    }

    // Its link has the text in it.
    const other = await open(browser, screen, server.base);
    await other.page.goto(mine);
    await other.page.getByText(say.same).waitFor();
    expect(await written(other.page.getByRole("textbox", { name: say.text }))).toContain('pool = "40%"');
    expect([...watch.errors, ...watch.foreign]).toEqual([]);
    await other.context.close();
    await page.context().close();
  });

  it("a plan is written by keyboard: from what is wrong to its line, new lines, undo, a text pasted over all", async () => {
    const { page, context, area, plan } = await openPlan();
    const has = (text: string) => expect.poll(() => written(area), { timeout: 30_000 }).toBe(text);
    await area.fill(plan.replace("mint_ratio", "mint_ration"));
    await page.getByRole("button", { name: say.wrong }).focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("textbox");
    // The whole line is selected, so what is typed takes its place.
    await page.keyboard.type('mint_ratio = "70%"');
    await has(plan);
    await area.locator("> .wrong").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.keyboard.type("# mine");
    await has(plan.replace('mint_ratio = "70%"', 'mint_ratio = "70%"\n# mine'));
    for (let press = 0; press < 4 && (await written(area)) !== plan; press += 1) await page.keyboard.press("Control+z");
    await has(plan);
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    expect(await written(area)).toBe("");
    await page.keyboard.type("a = 1");
    await has("a = 1");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate((text) => navigator.clipboard.writeText(text), plan);
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+v");
    await has(plan);
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+c");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(plan);
    await page.locator(".outcome").waitFor();
    await context.close();
  });

  it("says how long a run took, and how the shop beside it fared", async () => {
    const { page, context } = await open(browser, screen, server.base);
    await page.route(/\/lab\/runs(\/[0-9a-f]+)?$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), commits_p99_us: 11_200 } });
    });
    await page.goto("/lab#plan=value-growth&count=100");
    await page.getByText(say.beside).waitFor();
    await context.close();
  });

  it("one figure within another page", async () => {
    const { page, context, watch } = await open(browser, screen, server.base);
    await page.goto("/lab/embed");
    await shown(page);
    expect(await faults(page, "embed")).toEqual([]);
    // A page of elsewhere frames it.
    const elsewhere = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html").end(`<!doctype html><title>frame</title><iframe src="${server.base}/lab/embed?lang=${say.lang}#plan=value-growth&count=100" width="360" height="600" title="lab"></iframe>`);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("link", { name: say.open }).waitFor();
    await frame.getByRole("slider", { name: say.nth }).fill("100");
    expect(await frame.locator(".sandbox-strip").innerText()).toContain(say.sandbox);
    expect(watch.errors).toEqual([]);
    await context.close();
    elsewhere.close();
  });
});
