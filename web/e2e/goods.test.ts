import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, picture, type Screen } from "./browser.ts";
import { begin } from "./seed.ts";
import { planText, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** An operator sorts and lists an article, a shopper finds it by a word inside its name, narrows the list and looks at it (MALL-1 to MALL-3). */
const WORDS = {
  phone: { sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, newCategory: "新分类", save: "保存", id: "号，字母数字", zh: "中文名称", en: "英文名称", price: "价格", category: "分类", brand: "品牌", addPicture: "加一张图", fact: "加参数", factName: "参数名（中文）", factValue: "参数值（中文）", list: "上架", change: "修改 红富士苹果礼盒", search: "搜商品", typed: "苹果", title: "红富士苹果礼盒", fresh: "生鲜", filter: "筛选", apply: "看结果", second: "第 2 张，共 2 张", weight: "5 千克", from: "最低价" },
  desk: { sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, newCategory: "New category", save: "Save", id: "Number, letters and digits", zh: "Chinese name", en: "English name", price: "Price", category: "Category", brand: "Brand", addPicture: "Add a picture", fact: "Add: Fact", factName: "What is stated, Chinese", factValue: "What it is, Chinese", list: "List", change: "Change Fuji apples", search: "Search goods", typed: "appl", title: "Fuji apples", fresh: "Fresh", filter: "Filter", apply: "See what fits", second: "Picture 2 of 2", weight: "5 千克", from: "Price from" },
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
    ({ owner, shopper, programme } = await begin(browser, screen, server, await planText()));
  });
  afterAll(() => server.stop());

  it("an article is sorted, listed with all that it has, and changed without losing any of it", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/products`);
    await settled(page);
    const categories = page.locator("form").filter({ has: page.getByRole("button", { name: say.newCategory }) });
    await categories.getByRole("button", { name: say.newCategory }).click();
    await categories.getByLabel(say.id).fill("fresh");
    await categories.getByLabel(say.zh).fill("生鲜");
    await categories.getByLabel(say.en).fill("Fresh");
    await categories.getByRole("button", { name: say.save, exact: true }).click();
    const form = page.locator("form").filter({ has: page.locator("[name=price]") });
    await form.locator("[name=category] option[value=fresh]").waitFor({ state: "attached" });
    await form.getByLabel(say.id).fill("apple");
    await form.getByLabel(say.zh, { exact: true }).fill("红富士苹果礼盒");
    await form.getByLabel(say.en, { exact: true }).fill("Fuji apples");
    await form.locator("[name=price]").fill("69");
    await form.locator("[name=category]").selectOption("fresh");
    await form.locator("[name=brand]").fill("Yantai");
    await form.locator("[name=picture]").selectOption("apple");
    await form.getByRole("button", { name: say.addPicture }).click();
    await form.getByRole("button", { name: say.fact }).click();
    await form.getByLabel(say.factName).fill("净重");
    await form.getByLabel(say.factValue).fill("5 千克");
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await picture(page, `${screen}-console-product-form`);
    await form.getByRole("button", { name: say.list, exact: true }).click();

    await page.getByRole("button", { name: "apple", exact: true }).click();
    await page.getByRole("heading", { name: say.change }).waitFor();
    const changed = page.locator("form").filter({ has: page.getByRole("heading", { name: say.change }) });
    await changed.locator("[name=price]").fill("59");
    await changed.getByRole("button", { name: say.save, exact: true }).click();
    await page.getByRole("cell", { name: "¥59.00" }).waitFor();
    await page.close();
  });

  it("is found by a word inside its name, and the list is narrowed", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}`);
    await settled(page);
    await page.getByRole("searchbox").fill(say.typed);
    await page.locator(".suggestions a").first().waitFor();
    expect(await page.locator(".suggestions a span:first-child").allInnerTexts()).toEqual([say.title]);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-suggestions`);
    await page.getByRole("searchbox").press("Enter");
    await page.waitForURL("**/goods?words=*");
    await settled(page);
    expect(await page.locator(".goods a").count()).toBe(1);

    await page.goto(`/p/${programme}/goods`);
    await settled(page);
    expect(await page.locator(".goods a").count()).toBe(5);
    await page.getByRole("button", { name: say.fresh, exact: true }).click();
    await page.waitForURL("**/goods?category=fresh");
    await expect.poll(() => page.locator(".goods a").count()).toBe(1);
    await page.goto(`/p/${programme}/goods`);
    await page.getByRole("button", { name: say.filter, exact: true }).click();
    const sheet = page.locator("dialog");
    await sheet.getByLabel(say.from).fill("100");
    await picture(page, `${screen}-shop-filter`);
    await sheet.getByRole("button", { name: say.apply }).click();
    await page.waitForURL("**/goods?from=100.00");
    await expect.poll(() => page.locator(".goods a").count()).toBe(3);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-goods`);
    await page.close();
  });

  it("its page has its pictures, brand and facts", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/goods/apple`);
    await settled(page);
    await page.getByText(say.weight).waitFor();
    await page.getByRole("button", { name: say.second }).click();
    expect(await page.getByRole("button", { name: say.second }).getAttribute("aria-pressed")).toBe("true");
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shop-product`);
    await page.getByRole("link", { name: "Yantai" }).click();
    await page.waitForURL("**/goods?brand=Yantai");
    await expect.poll(() => page.locator(".goods a").count()).toBe(1);
    await page.close();
  });
});
