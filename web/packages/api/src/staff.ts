import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { written } from "./writes.ts";

export * from "./home.ts";
export * from "./merchants.ts";
export * from "./network.ts";
export * from "./payouts.ts";

/** What staff read and do; the shop imports nothing of it. */
function paged(programme: string, cursor: string | undefined) {
  return { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } };
}
function ofWithdrawal(programme: string, withdrawal: string, key: string) {
  return { path: { programme, withdrawal }, header: once(key) };
}

export const readInbox = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/inbox", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
export const readAllWithdrawals = (programme: string, state?: Schemas["WithdrawalState"], cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/withdrawals", {
    params: { path: { programme }, query: { ...(state ? { state } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const approveWithdrawal = (programme: string, withdrawal: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/withdrawals/{withdrawal}/approve", { params: ofWithdrawal(programme, withdrawal, key) }));
export const rejectWithdrawal = (programme: string, withdrawal: string, reason: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/withdrawals/{withdrawal}/reject", { params: ofWithdrawal(programme, withdrawal, key), body: { reason } }));
export const sendWithdrawal = (programme: string, withdrawal: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/withdrawals/{withdrawal}/send", { params: ofWithdrawal(programme, withdrawal, key) }));

export const readMembers = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/members", { params: paged(programme, cursor), ...until(signal) }));
export const readOneMember = (programme: string, member: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/members/{member}", { params: { path: { programme, member }, query: fresh(programme) }, ...until(signal) }));

/** Shows what a member logs in with, which is masked everywhere; the audit log says who saw it and why. */
export const revealMember = (programme: string, member: string, reason: string, key: string) =>
  answer(server.POST("/programmes/{programme}/members/{member}/reveal", { params: { path: { programme, member }, header: once(key) }, body: { reason } }));

export const readAllOrders = (programme: string, state?: Schemas["OrderState"], cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/orders", {
    params: { path: { programme }, query: { ...(state ? { state } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const shipOrder = (programme: string, order: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/orders/{order}/ship", { params: { path: { programme, order }, header: once(key) } }));

export const readEntries = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/entries", { params: paged(programme, cursor), ...until(signal) }));
export const readEntry = (programme: string, seq: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/entries/{seq}", { params: { path: { programme, seq: String(seq) } }, ...until(signal) }));
export const readAccounts = (programme: string, owner?: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/accounts", {
    params: { path: { programme }, query: { ...(owner ? { owner } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));

/** The programme's accounts, and for each kind of members' accounts the sum of all. */
export const readSums = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/accounts", { params: { path: { programme }, query: { summed: true, ...fresh(programme) } }, ...until(signal) }));

export const putProduct = (programme: string, body: Schemas["ProductRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/products", { params: { path: { programme }, header: once(key) }, body }));

export const putCategories = (programme: string, items: readonly Schemas["CategoryRequest"][], key: string) =>
  answer(server.POST("/programmes/{programme}/categories", { params: { path: { programme }, header: once(key) }, body: { items: [...items] } }));

/** Begins a programme; a live one is refused with every rule that stands against it. */
export async function createProgramme(tenant: string, body: Schemas["ProgrammeRequest"], key: string): Promise<Schemas["ProgrammeView"]> {
  const made = await answer(server.POST("/tenants/{tenant}/programmes", { params: { path: { tenant }, header: once(key) }, body }));
  if ("preview" in made) throw new Error("a preview was answered to a creation");
  return made;
}
export const readStaff = (tenant: string, signal?: AbortSignal) => answer(server.GET("/tenants/{tenant}/staff", { params: { path: { tenant } }, ...until(signal) }));
export const inviteStaff = (tenant: string, role: Schemas["Role"], key: string) =>
  answer(server.POST("/tenants/{tenant}/invitations", { params: { path: { tenant }, header: once(key) }, body: { role } }));
export const readSettings = (tenant: string, signal?: AbortSignal) => answer(server.GET("/tenants/{tenant}/settings", { params: { path: { tenant } }, ...until(signal) }));
export const setSettings = (tenant: string, body: Schemas["TenantSettings"], key: string) =>
  answer(server.POST("/tenants/{tenant}/settings", { params: { path: { tenant }, header: once(key) }, body }));
export const readAuditLog = (tenant: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/tenants/{tenant}/audit-log", { params: { path: { tenant }, query: cursor ? { cursor } : {} }, ...until(signal) }));
export * from "./plan.ts";

export const search = (programme: string, q: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/search", { params: { path: { programme }, query: { q, ...fresh(programme) } }, ...until(signal) }));
export const readTimeline = (programme: string, member: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/members/{member}/timeline", { params: { path: { programme, member }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readRefunds = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/refunds", { params: paged(programme, cursor), ...until(signal) }));
export const decideAgain = (programme: string, seq: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/entries/{seq}/decision", { params: { path: { programme, seq: String(seq) } }, ...until(signal) }));

/** Kinds of coupons of the plan, which of them members may take, one for somebody. */
export const readCouponKinds = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/coupon-kinds", { params: { path: { programme } }, ...until(signal) }));
export const putCouponOffers = (programme: string, items: readonly Schemas["CouponOfferRequest"][], key: string) =>
  answer(server.POST("/programmes/{programme}/coupon-offers", { params: { path: { programme }, header: once(key) }, body: { items: [...items] } }));
export const giveCoupon = (programme: string, body: Schemas["CouponGiftRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/coupons", { params: { path: { programme }, header: once(key) }, body }));
/** Everybody's offers in the market. */
export const readAllOffers = (programme: string, open: boolean, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/market/offers", { params: { path: { programme }, query: { open, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const cancelOffer = (programme: string, offer: string, reason: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/market/offers/{offer}/cancel", { params: { path: { programme, offer }, header: once(key) }, body: { reason } }));
/** Everybody reads the reason. */
export const haltMarket = (programme: string, reason: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/market/halt", { params: { path: { programme }, header: once(key) }, body: { reason } }));
export const resumeMarket = (programme: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/market/resume", { params: { path: { programme }, header: once(key) } }));

/** Films of the day's task, and how today's tasks stand. */
export const readFilms = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/films", { params: { path: { programme } }, ...until(signal) }));
export const putFilms = (programme: string, items: readonly Schemas["ScheduledFilm"][], key: string) =>
  answer(server.POST("/programmes/{programme}/films", { params: { path: { programme }, header: once(key) }, body: { items: [...items] } }));
export const readTasksOfDay = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/tasks", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
/** Closes of days with what they did for everybody. */
export const readCloses = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/closes", { params: paged(programme, cursor), ...until(signal) }));

/** What buyers said: hidden behind a reason that everybody reads, shown again. */
export const hideReview = (programme: string, review: string, reason: string, key: string) =>
  answer(server.POST("/programmes/{programme}/reviews/{review}/hide", { params: { path: { programme, review }, header: once(key) }, body: { reason } }));
export const showReview = (programme: string, review: string, key: string) =>
  answer(server.POST("/programmes/{programme}/reviews/{review}/show", { params: { path: { programme, review }, header: once(key) } }));
/** Orders of which something was said; those that wait for an answer stand first. */
export const readDialogues = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/order-messages", { params: { path: { programme } }, ...until(signal) }));
