import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { previewed, passingKey, written } from "./writes.ts";

/** One's own orders: place, pay through the cashier, receive, give back. */
function writing(programme: string, order: string, key: string) {
  return { path: { programme, order }, header: once(key) };
}

export const readOrders = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/orders", { params: { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readOrder = (programme: string, order: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/orders/{order}", { params: { path: { programme, order }, query: fresh(programme) }, ...until(signal) }));

export const placeOrder = (programme: string, body: Schemas["OrderRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/orders", { params: { path: { programme }, header: once(key) }, body }));
export const payOrder = (programme: string, order: string, key: string) =>
  answer(server.POST("/programmes/{programme}/orders/{order}/payments", { params: writing(programme, order, key) }));
export const receiveOrder = (programme: string, order: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/orders/{order}/receive", { params: writing(programme, order, key) }));
export const closeOrder = (programme: string, order: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/orders/{order}/close", { params: writing(programme, order, key) }));
export const refundOrder = (programme: string, order: string, body: Schemas["RefundRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/orders/{order}/refunds", { params: writing(programme, order, key), body }));
export const previewRefund = (programme: string, order: string, body: Schemas["RefundRequest"]) =>
  previewed(server.POST("/programmes/{programme}/orders/{order}/refunds", { params: { path: { programme, order }, header: once(passingKey()), query: { preview: true } }, body }));

/** What buyer, merchant and staff say to each other of an order. */
export const readOrderMessages = (programme: string, order: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/orders/{order}/messages", { params: { path: { programme, order } }, ...until(signal) }));
export const sayOfOrder = (programme: string, order: string, text: string, key: string) =>
  answer(server.POST("/programmes/{programme}/orders/{order}/messages", { params: writing(programme, order, key), body: { text } }));
