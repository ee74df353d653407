import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { written } from "./writes.ts";

/** Payouts that do not go as they should, and the provider's statement beside the journal; for staff. */
function writing(programme: string, withdrawal: string, key: string) {
  return { path: { programme, withdrawal }, header: once(key) };
}

export const readPlayMoney = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/play-money", { params: { path: { programme } }, ...until(signal) }));
export const setPlayMoney = (programme: string, payouts: Schemas["PayoutMode"], key: string) =>
  answer(server.POST("/programmes/{programme}/play-money", { params: { path: { programme }, header: once(key) }, body: { payouts } }));
export const sayUnknown = (programme: string, withdrawal: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/withdrawals/{withdrawal}/unknown", { params: writing(programme, withdrawal, key) }));
export const askProvider = (programme: string, withdrawal: string, key: string) =>
  answer(server.POST("/programmes/{programme}/withdrawals/{withdrawal}/ask", { params: writing(programme, withdrawal, key) }));
export const resolvePayout = (programme: string, withdrawal: string, body: Schemas["ResolveRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/withdrawals/{withdrawal}/resolve", { params: writing(programme, withdrawal, key), body }));
export const readReconciliation = (programme: string, day: string | undefined, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/reconciliation", { params: { path: { programme }, query: day ? { day } : {} }, ...until(signal) }));
export const explainDifference = (programme: string, body: Schemas["ExplainRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/reconciliation", { params: { path: { programme }, header: once(key) }, body }));
