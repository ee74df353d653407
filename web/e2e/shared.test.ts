import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launch, open, picture, type Screen } from "./browser.ts";
import { begin, buy, pay, read } from "./seed.ts";
import { post, serve, type Server } from "./server.ts";
import { faultsOf, settled } from "./sweep.ts";

/** A day of shared purchase: two buy, one invited by the other, the film is watched, and the close is told with its numbers (VIEW-3, REL-3, EMIT-3). */
const WORDS = {
  phone: {
    sandbox: "沙盒", truth: /收到的钱达到所花的有|还没有人买过/, play: "播放，6 秒", credited: "今天的短片看完了", task: "今日任务", misses: "锁着的一个不少", day: "1月9日", by: "直推，当天释放 0.4020", index: "没有人担保", lacks: "还差", film: "茶园一日",
    replaced: "影片已在另一个窗口继续", pause: "暂停",
    all: "2 / 2 人", jumped: "不可能的播放位置", newFilm: "新短片", id: "号，字母数字", from: "从哪天起", zh: "中文名称", seconds: "时长，秒", save: "保存",
  },
  desk: {
    sandbox: "Sandbox", truth: /received as much money as they spent|Nobody has bought yet/, play: "Play, 6 seconds", credited: "Today's film was watched", task: "Today's task", misses: "all that is locked stays", day: "9 Jan", by: "Invited by you, released 0.4020", index: "Nobody guarantees it", lacks: "Still lacking", film: "A day in the tea garden",
    replaced: "The film goes on in another window", pause: "Pause",
    all: "2 of 2", jumped: "A position that cannot be", newFilm: "New film", id: "Number, letters and digits", from: "Shown from", zh: "Chinese name", seconds: "Length in seconds", save: "Save",
  },
} as const;
const SECONDS = 6;
const FILE = "/films/hills.webm";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["phone", "desk"] as const)("on the %s", (screen: Screen) => {
  const say = WORDS[screen];
  let server: Server;
  let [owner, shopper, friend]: BrowserContext[] = [];
  let programme = "";
  beforeAll(async () => {
    server = await serve();
    const plan = await readFile(join(import.meta.dirname, "../../plans/shared-purchase.toml"), "utf8");
    ({ owner, shopper, programme } = await begin(browser, screen, server, plan));
    // On the phone a file, which stands where an operator puts such; on the desk the one that the shop draws.
    const file = screen === "phone" ? { path: FILE } : {};
    const film = { id: "hills", from: "2026-01-01", title: { zh: WORDS.phone.film, en: WORDS.desk.film }, seconds: SECONDS, ...file };
    await post(owner.request, `/programmes/${programme}/films`, { items: [film] });
    const { code } = await read<{ code: string }>(shopper, `/programmes/${programme}/me/invitation`);
    ({ context: friend } = await open(browser, screen, server.base));
    for (const each of [shopper, friend]) await each.route(`**${FILE}`, (route) => route.fulfill({ path: join(import.meta.dirname, "film.webm"), contentType: "video/webm" }));
    await post(friend.request, "/people", { login: "13800000002", password: "a long enough password", name: "Mei" });
    await post(friend.request, `/programmes/${programme}/me`, { invitation: code });
    for (const each of [shopper, friend]) {
      const order = await buy(each, programme, "tea");
      await pay(each, programme, order);
      await post(each.request, `/programmes/${programme}/orders/${order}/receive`, {});
    }
    for (const by of ["week", "day"]) await post(owner.request, `/programmes/${programme}/clock`, { by });
  });
  afterAll(() => server.stop());

  async function fine(page: Page, name: string): Promise<void> {
    await settled(page);
    expect(await faultsOf(page, say.sandbox, say.truth)).toEqual([]);
    await picture(page, `${screen}-shared-${name}`);
  }

  /** A page that says what is not so, with the cookie of the one whose page it is. */
  function lie(page: Page, viewing: string, body: object): Promise<string> {
    return page.evaluate(async ([path, text]) => {
      const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID(), "X-Ratchet": "1" };
      const answer = await fetch(path!, { method: "POST", headers, body: text! });
      return ((await answer.json()) as { code?: string }).code ?? "";
    }, [`/api/v1/programmes/${programme}/me/viewings/${viewing}/heartbeats`, JSON.stringify(body)] as const);
  }

  async function watchFilm(of: BrowserContext, name?: string): Promise<void> {
    const page = await of.newPage();
    await page.goto(`/p/${programme}/task`);
    await settled(page);
    const bar = page.getByRole("progressbar");
    expect(await bar.getAttribute("aria-valuenow")).toBe("0");
    if (name) {
      // What it releases and what happens otherwise is said before it is watched: 3‰ of 134.
      expect(await page.locator(".lead .num").innerText()).toBe("0.4020");
      await page.getByText(say.misses).waitFor();
      await page.getByText(say.film).waitFor();
      await fine(page, `${name}-before`);
    }
    const began = Date.now();
    await page.locator(".film").getByRole("button").click();
    if (name) {
      await page.waitForFunction(() => document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow") !== "0");
      await fine(page, `${name}-watching`);
    }
    await page.getByText(say.credited).waitFor({ timeout: 30_000 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(SECONDS * 1_000);
    expect(await bar.getAttribute("aria-valuenow")).toBe(String(SECONDS));
    if (name) await fine(page, `${name}-after`);
    await page.close();
  }

  it("credits a film that was watched, and nothing else", async () => {
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}`);
    await page.getByRole("link", { name: say.task, exact: true }).first().click();
    await page.waitForURL(`**/p/${programme}/task`);
    await settled(page);
    // A page that lies is told so, and is credited nothing.
    const first = await post<{ id: string }>(shopper!.request, `/programmes/${programme}/me/viewings`, {});
    expect(await lie(page, first.id, { position_ms: SECONDS * 1_000, playing: true })).toBe("viewing_jumped");
    expect(await lie(page, "v-of-another", { position_ms: 0, playing: true })).toBe("viewing_unknown");
    const second = await post<{ id: string }>(shopper!.request, `/programmes/${programme}/me/viewings`, {});
    expect(await lie(page, first.id, { position_ms: 0, playing: true })).toBe("viewing_replaced");
    expect(await lie(page, second.id, { position_ms: -1, playing: true })).toBe("field_invalid");
    const task = await read<{ done: boolean; watched_ms: number }>(shopper!, `/programmes/${programme}/me/task`);
    expect(task).toMatchObject({ done: false, watched_ms: 0 });
    // A film that begins elsewhere stops here, and says why.
    await page.getByRole("button", { name: say.play }).last().click();
    await page.getByRole("button", { name: say.pause }).first().waitFor();
    await post(shopper!.request, `/programmes/${programme}/me/viewings`, {});
    await page.getByText(say.replaced).waitFor();
    await fine(page, "replaced");
    await page.close();

    await watchFilm(friend!, "task");
    await watchFilm(shopper!);
    const counted = await read<{ done: number; refused: { code: string }[] }>(owner!, `/programmes/${programme}/tasks`);
    expect(counted.done).toBe(2);
    expect(counted.refused.map(({ code }) => code)).toEqual(["field_invalid", "viewing_jumped", "viewing_replaced", "viewing_unknown"]);
  });

  it("shows the staff what was done and refused, and takes another film", async () => {
    const page = await owner!.newPage();
    await page.goto(`/console/p/${programme}/tasks`);
    await settled(page);
    await page.getByText(say.all).waitFor();
    await page.getByText(say.jumped).waitFor();
    await page.getByRole("button", { name: say.newFilm }).click();
    const film = page.locator("fieldset").last();
    await film.getByLabel(say.id).fill("harvest");
    await film.getByLabel(say.from).fill("2026-01-10");
    await film.getByLabel(say.zh).fill(WORDS.phone.film);
    await film.getByLabel(say.seconds).fill("90");
    await page.getByRole("button", { name: say.save }).click();
    await vi.waitUntil(async () => (await read<{ items: unknown[] }>(owner!, `/programmes/${programme}/films`)).items.length === 2, { timeout: 20_000, interval: 50 });
    await settled(page);
    expect(await faultsOf(page, say.sandbox, null)).toEqual([]);
    await page.close();
  });

  it("tells what the close did, by whom, and by which numbers", async () => {
    await post(owner!.request, `/programmes/${programme}/clock`, { by: "day" });
    const page = await shopper!.newPage();
    await page.goto(`/p/${programme}/release`);
    await settled(page);
    const row = page.getByRole("link", { name: say.day });
    await row.waitFor();
    await fine(page, "days");
    await row.click();
    await page.waitForURL("**/days/2026-01-09");
    await page.getByText("Mei").waitFor();
    await page.getByText(say.by).waitFor();
    await page.getByText(say.index).waitFor();
    // Half of Mei's 0.402; 3‰ of 26.8 and of 28.14 value units; 80% of the day's 252.7397….
    for (const figure of ["0.2010", "0.08442", "0.16482", "252.7397", "202.1917"]) await page.getByText(figure).first().waitFor();
    await fine(page, "day");
    await page.goto(`/p/${programme}/value`);
    await page.getByText(say.index).waitFor();
    await fine(page, "value");
    await page.goto(`/p/${programme}/rank`);
    await page.getByText(say.lacks).waitFor();
    await page.getByText("¥149,732.00").waitFor();
    await fine(page, "rank");
    await page.goto(`/p/${programme}/me`);
    await fine(page, "me");
    await page.close();

    // The staff sees the same close for everybody.
    const books = await owner!.newPage();
    await books.goto(`/console/p/${programme}/tasks`);
    await books.getByText("0.1648").first().waitFor();
    await settled(books);
    expect(await faultsOf(books, say.sandbox, null)).toEqual([]);
    await picture(books, `${screen}-console-tasks-shared`);
    await books.close();
  });
});
