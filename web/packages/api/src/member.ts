import { fresh, sawEntry } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { passingKey, previewed, written } from "./writes.ts";

/** What a member reads and does about itself. */
function mine(programme: string) {
  return { path: { programme }, query: fresh(programme) };
}
function paged(programme: string, cursor: string | undefined) {
  return { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } };
}
function writing(programme: string, key: string) {
  return { path: { programme }, header: once(key) };
}
/** Rows of a page on a phone. */
export const AGENT_ROWS = 20;
export const DIVIDENDS = 12;

function previewing(programme: string) {
  return { path: { programme }, header: once(passingKey()), query: { preview: true } };
}

export const join = (programme: string, body: Schemas["JoinRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/me", { params: writing(programme, key), body }));
export const readMember = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me", { params: mine(programme), ...until(signal) }));
export const readOutcome = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/outcome", { params: mine(programme), ...until(signal) }));
export const readInvitation = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/invitation", { params: { path: { programme } }, ...until(signal) }));

export const readPoints = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/points", { params: mine(programme), ...until(signal) }));
export const readLots = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/lots", { params: paged(programme, cursor), ...until(signal) }));
/** Release points: lots, and what today's close does with them. */
export const readRelease = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/release", { params: mine(programme), ...until(signal) }));
/** What one has spent and what one had for it, over time. */
export const readCourse = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/points/course", { params: mine(programme), ...until(signal) }));
export const readMessages = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/messages", { params: mine(programme), ...until(signal) }));
export const noteMessagesRead = (programme: string, seq: number, key: string) =>
  answer(server.POST("/programmes/{programme}/me/messages/read", { params: writing(programme, key), body: { seq } }));
export const quoteSale = (programme: string, points: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/points/quote", { params: { path: { programme }, query: { points, ...fresh(programme) } }, ...until(signal) }));
export const sell = (programme: string, quote: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/points/sales", { params: writing(programme, key), body: { quote } }));
export const previewSale = (programme: string, quote: string) =>
  previewed(server.POST("/programmes/{programme}/me/points/sales", { params: previewing(programme), body: { quote } }));

export const readWallet = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/wallet", { params: mine(programme), ...until(signal) }));
export const readMovements = (programme: string, account: Schemas["WalletAccount"], cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/movements", {
    params: { path: { programme }, query: { account, limit: 20, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const readWithdrawals = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/withdrawals", { params: paged(programme, undefined), ...until(signal) }));
export const readWithdrawal = (programme: string, withdrawal: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/withdrawals/{withdrawal}", { params: { path: { programme, withdrawal }, query: fresh(programme) }, ...until(signal) }));
export const withdraw = (programme: string, amount: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/withdrawals", { params: writing(programme, key), body: { amount } }));
export const quoteWithdrawal = (programme: string, amount: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/withdrawals/quote", { params: { path: { programme }, query: { amount } }, ...until(signal) }));
export const previewWithdrawal = (programme: string, amount: string) =>
  previewed(server.POST("/programmes/{programme}/me/withdrawals", { params: previewing(programme), body: { amount } }));

export const readExplanations = (programme: string, seq: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/entries/{seq}/explanations", { params: { path: { programme, seq: String(seq) } }, ...until(signal) }));

/** Lets time pass: operators may, and in a demo every member. */
export const advanceClock = (programme: string, body: Schemas["AdvanceRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/clock", { params: { path: { programme }, header: once(key) }, body }));
/** What would happen on the way: it changes nothing. */
export async function previewAdvance(programme: string, body: Schemas["AdvanceRequest"], signal?: AbortSignal): Promise<Schemas["ClockPreview"]> {
  const would = await answer(server.POST("/programmes/{programme}/clock", { params: { ...previewing(programme) }, body, ...until(signal) }));
  if (!("happens" in would)) throw new Error("the clock was advanced instead of previewed");
  return would;
}

export const readCoupons = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/coupons", { params: mine(programme), ...until(signal) }));
export const takeCoupon = (programme: string, kind: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/coupons", { params: writing(programme, key), body: { kind } }));

/** Today's task: its film, and what was watched of it. */
export const readTask = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/task", { params: mine(programme), ...until(signal) }));
export const signIn = (programme: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/task/sign-in", { params: writing(programme, key), body: {} }));
export const beginViewing = (programme: string, key: string) => answer(server.POST("/programmes/{programme}/me/viewings", { params: writing(programme, key), body: {} }));
/** Says where the film stands. One that is lost is made up for by the next, so its key need not outlive it. */
export async function reportViewing(programme: string, viewing: string, body: Schemas["HeartbeatRequest"]): Promise<Schemas["Viewing"]> {
  const heard = await answer(server.POST("/programmes/{programme}/me/viewings/{viewing}/heartbeats", { params: { path: { programme, viewing }, header: once(passingKey()) }, body }));
  if (heard.seq) sawEntry(programme, heard.seq);
  return heard;
}

/** What the newest closes did for one, by day; and one of these days with the numbers that made it. */
export const readDays = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/days", { params: mine(programme), ...until(signal) }));
export const readDay = (programme: string, day: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/days/{day}", { params: { path: { programme, day }, query: fresh(programme) }, ...until(signal) }));
export const readEmission = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/emission", { params: mine(programme), ...until(signal) }));
export const readRank = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/rank", { params: mine(programme), ...until(signal) }));

/** One's territories as regional agent, and what each order paid. */
export const readAgent = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/agent", { params: mine(programme), ...until(signal) }));
export const readAgentIncome = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/agent/income", { params: { path: { programme }, query: { limit: AGENT_ROWS, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
/** One's weight in the dividend, and each dividend with its formula's numbers. */
export const readShares = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/shares", { params: mine(programme), ...until(signal) }));
export const readOwnDividends = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/dividends", { params: { path: { programme }, query: { limit: DIVIDENDS, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
