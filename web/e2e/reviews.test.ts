import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, picture, type Screen } from "./browser.ts";
import { begin, buy, pay, read } from "./seed.ts";
import { planText, post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** An operator puts a picture on an article; two buyers review what they received, one is answered and one hidden behind a reason; favourites (MALL-6 to MALL-8). */
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, upload: "上传图片", uploaded: "已上传的图片", save: "保存", write: "写评价", choose: "请先选择星级", four: "4 星，共 5 星", one: "1 星，共 5 星", text: "说说这件商品", follow: "追加评价", add: "添加图片", publish: "发布评价，之后不能修改", addGo: "发布追加，之后不能修改", all: "查看全部 2 条评价", pictured: "有图 1", answer: "回复", answerGo: "发布回复", byStaff: "平台回复：",
    hide: "隐藏内容", hideGo: "隐藏并显示理由", hidden: /内容已隐藏，理由：含有他人姓名/, show: "重新显示", heart: /^收藏 高山云雾绿茶/, favourites: "我的收藏", less: /当时 ¥268\.00，现在便宜 ¥68\.00/, none: "还没有收藏", oneStar: "1 星", early: "收到货之后才能评价", unread: "这不是完整的",
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, upload: "Upload a picture", uploaded: "Uploaded picture", save: "Save", write: "Write a review", choose: "Choose the stars first", four: "4 of 5 stars", one: "1 of 5 stars", text: "What you say of it", follow: "Add to your review", add: "Add a picture", publish: "Publish; it cannot be changed", addGo: "Add; it cannot be changed", all: "See all 2 reviews", pictured: "With pictures 1", answer: "Answer", answerGo: "Publish the answer", byStaff: "The operator:",
    hide: "Hide the words", hideGo: "Hide and show the reason", hidden: /Hidden\. The reason: 含有他人姓名/, show: "Show again", heart: /^Keep Cloud-mist green tea/, favourites: "My favourites", less: /it was ¥268\.00, ¥68\.00 less now/, none: "No favourites yet", oneStar: "1 star", early: "You may review it once it arrived", unread: "this is not a whole picture",
  },
} as const;
const REASON = "含有他人姓名";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let [owner, shopper, other]: BrowserContext[] = [];
  let [programme, order] = ["", ""];
  /** Two pictures of something. */
  let photos: Buffer[] = [];
  const at = (path: string) => `/programmes/${programme}/${path}`;
  beforeAll(async () => {
    server = await serve();
    ({ owner, shopper, programme } = await begin(browser, screen, server, await planText()));
    ({ context: other } = await open(browser, screen, server.base));
    await post(other.request, "/people", { login: "13800000002", password: "a long enough password", name: "Mei" });
    await post(other.request, at("me"), {});
    const page = await other.newPage();
    await page.setContent('<meta name="viewport" content="width=device-width"><body style="margin:0"><div style="width:390px;height:300px;background:conic-gradient(#52756a,#d5dde2,#b59a6c,#52756a)"></div><div style="width:390px;height:300px;background:radial-gradient(#d9a89a,#c9b28f)"></div>');
    photos = [await page.screenshot({ clip: { x: 0, y: 0, width: 390, height: 300 } }), await page.screenshot({ type: "jpeg", clip: { x: 0, y: 300, width: 390, height: 300 } })];
    await page.close();
  });
  afterAll(() => server.stop());

  const file = (place: number) => ({ name: `photo-${place}.${place ? "jpg" : "png"}`, mimeType: place ? "image/jpeg" : "image/png", buffer: photos[place]! });
  async function look(page: Page, name: string, truth: RegExp | null = say.truth): Promise<void> {
    await settled(page);
    await picture(page, `${screen}-reviews-${name}`);
    expect(await faultsOf(page, say.sandbox, truth)).toEqual([]);
  }
  /** Every picture on the page is one. */
  async function allSeen(page: Page): Promise<number> {
    return page.evaluate(async () => {
      const images = [...document.images].filter(({ src }) => src.includes("/pictures/"));
      await Promise.all(images.map((image) => ((image.loading = "eager"), image.decode())));
      return images.filter(({ naturalWidth }) => naturalWidth > 0).length;
    });
  }

  it("an operator puts a picture on an article", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/products`);
    await settled(page);
    await page.getByRole("button", { name: "tea", exact: true }).click();
    await page.locator("[name=id][readonly]").waitFor();
    const upload = page.locator(".picture-choice").first();
    await upload.locator("[type=file]").setInputFiles({ name: "page.png", mimeType: "image/png", buffer: Buffer.from("<svg/>") });
    await upload.getByText(say.unread).waitFor();
    await upload.locator("[type=file]").setInputFiles(file(0));
    await upload.locator("img").waitFor();
    await look(page, "console-product", null);
    await page.locator("form", { has: upload }).getByRole("button", { name: say.save, exact: true }).click();
    await expect.poll(async () => (await read<{ picture: string }>(owner!, at("products/tea"))).picture).toMatch(/^\/pictures\/[0-9a-f]{64}\/750\.jpg$/);
    await page.close();
  });

  it("who received it reviews it once, with a picture, and adds to it", async () => {
    order = await buy(shopper!, programme, "tea");
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/orders/${order}/review`);
    await page.getByText(say.early).waitFor();
    await pay(shopper!, programme, order);
    await post(shopper!.request, at(`orders/${order}/receive`), {});
    await page.goto(`/p/${programme}/orders/${order}`);
    await page.getByRole("link", { name: say.write }).click();
    await page.waitForURL("**/review");
    await page.getByText(say.choose).waitFor();
    await page.getByText(say.four, { exact: true }).locator("..").click();
    await page.getByLabel(say.text).fill("茶汤清亮，第三泡还有香气。\n包装结实。");
    await page.locator("[type=file]").setInputFiles([file(0), file(1)]);
    await page.locator(".picker img").nth(1).waitFor();
    await look(page, "write");
    await page.getByRole("button", { name: say.publish }).click();
    await page.getByLabel(say.follow).fill("一个月后还是好喝。");
    await page.getByRole("button", { name: say.addGo }).click();
    await page.getByLabel(say.follow).waitFor({ state: "detached" });
    await page.locator(".review").getByText("一个月后还是好喝。").waitFor();
    expect(await allSeen(page)).toBe(3);
    await look(page, "written");
    await page.close();

    const bad = await buy(other!, programme, "tea");
    await pay(other!, programme, bad);
    await post(other!.request, at(`orders/${bad}/receive`), {});
    await post(other!.request, at(`orders/${bad}/reviews`), { line: "1", stars: 1, text: "客服王某态度差，茶是陈的。" });
  });

  it("staff answers one and hides the other behind a reason that everybody reads", async () => {
    const desk = await owner!.newPage();
    await desk.goto(`/console/p/${programme}/reviews`);
    await settled(desk);
    const [bad, good] = [desk.locator("article").nth(0), desk.locator("article").nth(1)];
    await good.getByRole("button", { name: say.answer, exact: true }).click();
    await good.locator("[name=answer]").fill("谢谢，欢迎再来。");
    await good.getByRole("button", { name: say.answerGo }).click();
    await good.getByText(say.byStaff).waitFor();
    await bad.getByRole("button", { name: say.hide }).click();
    await bad.locator("[name=hide]").fill(REASON);
    await look(desk, "console", null);
    await bad.getByRole("button", { name: say.hideGo }).click();
    await bad.getByRole("button", { name: say.show }).waitFor();
    await look(desk, "console-hidden", null);
    await desk.close();

    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/goods/tea`);
    await page.getByText(say.hidden).scrollIntoViewIfNeeded();
    expect(await page.locator(".review-average").innerText()).toBe("2.5");
    expect(await page.getByText("客服王某").count(), "hidden words are nowhere").toBe(0);
    await look(page, "product-below");
    await page.getByRole("link", { name: say.all }).click();
    await page.waitForURL("**/reviews");
    await settled(page);
    await look(page, "list");
    await page.getByRole("button", { name: say.pictured }).click();
    await expect.poll(() => page.locator(".review").count()).toBe(1);
    await page.getByText(say.byStaff).waitFor();
    await page.getByRole("button", { name: say.oneStar, exact: true }).click();
    await page.getByText(say.hidden).waitFor();
    expect(await page.locator(".review").count()).toBe(1);
    await page.getByRole("button", { name: say.pictured }).click();
    await page.locator(".review-pictures button").first().click();
    await page.locator(".review-large").waitFor();
    await look(page, "large", null);
    await page.close();
  });

  it("a heart keeps an article with its price of then", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/favourites`);
    await page.getByText(say.none).waitFor();
    await page.goto(`/p/${programme}/goods/tea`);
    const heart = page.getByRole("button", { name: say.heart });
    await heart.click();
    await expect.poll(() => heart.getAttribute("aria-pressed")).toBe("true");
    expect(await allSeen(page)).toBeGreaterThan(0);
    await page.evaluate(() => scrollTo(0, 0));
    await look(page, "product");
    const tea = await read<{ title: object; description: object; picture: string }>(owner!, at("products/tea"));
    await post(owner!.request, at("products"), { id: "tea", title: tea.title, description: tea.description, picture: tea.picture, price: "200.00", listed: true });
    await page.goto(`/p/${programme}/goods`);
    await expect.poll(() => page.getByRole("button", { name: say.heart }).getAttribute("aria-pressed")).toBe("true");
    await look(page, "goods");
    await page.goto(`/p/${programme}/me`);
    await page.getByRole("link", { name: say.favourites }).click();
    await page.getByText(say.less).waitFor();
    await look(page, "favourites");
    await page.getByRole("button", { name: say.heart }).click();
    await page.getByText(say.none).waitFor();
    await page.close();
  });
});
