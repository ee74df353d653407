import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { written } from "./writes.ts";

/** What a member does to become a merchant, and the merchant's desk. */
function mine(programme: string) {
  return { path: { programme }, query: fresh(programme) };
}
function paged(programme: string, cursor: string | undefined) {
  return { path: { programme }, query: { limit: 20, ...(cursor ? { cursor } : {}), ...fresh(programme) } };
}
function writing(programme: string, key: string) {
  return { path: { programme }, header: once(key) };
}

export const readMyMerchant = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/merchant", { params: mine(programme), ...until(signal) }));
export const applyAsMerchant = (programme: string, body: Schemas["ApplicationRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/merchant/applications", { params: writing(programme, key), body }));
export const appealSuspension = (programme: string, text: string, key: string) =>
  answer(server.POST("/programmes/{programme}/me/merchant/appeals", { params: writing(programme, key), body: { text } }));

export const readMyProducts = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/products", { params: paged(programme, cursor), ...until(signal) }));
export const proposeProduct = (programme: string, body: Schemas["MerchantProductRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/me/merchant/products", { params: writing(programme, key), body }));

export const readMyMerchantOrders = (programme: string, state: Schemas["OrderState"] | undefined, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/orders", {
    params: { path: { programme }, query: { limit: 20, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const shipOwnOrder = (programme: string, order: string, body: Schemas["ShipmentRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/merchant/orders/{order}/ship", { params: { path: { programme, order }, header: once(key) }, body }));
export const redeemVoucher = (programme: string, body: Schemas["VoucherRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/merchant/vouchers", { params: writing(programme, key), body }));

/** What one shows to be tipped. */
export const readMyCode = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/code", { params: { path: { programme } }, ...until(signal) }));
/** What a tip would give, burn and pay now. */
export const quoteTip = (programme: string, tip: Schemas["TipRequest"], signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/tips/quote", {
    params: { path: { programme }, query: { member: tip.member, ...(tip.value ? { value: tip.value } : {}), ...(tip.concession ? { concession: tip.concession } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const giveTip = (programme: string, body: Schemas["TipRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/merchant/tips", { params: writing(programme, key), body }));

/** An account of a merchant, as its statement asks for it. */
export type MerchantAccount = "payable" | "hold" | "receivable" | "emission" | "reserved" | "value";
export const readStatement = (programme: string, account: MerchantAccount, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/movements", {
    params: { path: { programme }, query: { account, limit: 20, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal),
  }));
export const readMyPayouts = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/payouts", { params: paged(programme, undefined), ...until(signal) }));
export const askPayout = (programme: string, amount: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/merchant/payouts", { params: writing(programme, key), body: { amount } }));
