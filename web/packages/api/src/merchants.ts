import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import { written } from "./writes.ts";

/** What staff reads and decides of merchants and of what they would sell. */
function ofMerchant(programme: string, merchant: string, key: string) {
  return { path: { programme, merchant }, header: once(key) };
}
function ofProduct(programme: string, product_id: string, key: string) {
  return { path: { programme, product_id }, header: once(key) };
}

export const readMerchants = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/merchants", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
export const approveMerchant = (programme: string, merchant: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/merchants/{merchant}/approve", { params: ofMerchant(programme, merchant, key) }));
export const rejectMerchant = (programme: string, merchant: string, reason: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/merchants/{merchant}/reject", { params: ofMerchant(programme, merchant, key), body: { reason } }));
export const suspendMerchant = (programme: string, merchant: string, reason: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/merchants/{merchant}/suspend", { params: ofMerchant(programme, merchant, key), body: { reason } }));
export const resumeMerchant = (programme: string, merchant: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/merchants/{merchant}/resume", { params: ofMerchant(programme, merchant, key) }));
export const answerAppeal = (programme: string, merchant: string, number: number, text: string, key: string) =>
  answer(server.POST("/programmes/{programme}/merchants/{merchant}/appeals/{number}/answer", { params: { path: { programme, merchant, number }, header: once(key) }, body: { text } }));

export const readMerchantProducts = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/merchant-products", { params: { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const listMerchantProduct = (programme: string, product: string, key: string) =>
  answer(server.POST("/programmes/{programme}/merchant-products/{product_id}/list", { params: ofProduct(programme, product, key) }));
export const rejectMerchantProduct = (programme: string, product: string, reason: string, key: string) =>
  answer(server.POST("/programmes/{programme}/merchant-products/{product_id}/reject", { params: ofProduct(programme, product, key), body: { reason } }));
