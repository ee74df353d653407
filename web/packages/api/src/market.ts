import { fresh, sawEntry } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { passingKey, written } from "./writes.ts";

/** The internal market: the book and trades for anybody, offers of one's own. */
function paged(programme: string, cursor: string | undefined, limit: number) {
  return { path: { programme }, query: { limit, ...(cursor ? { cursor } : {}), ...fresh(programme) } };
}

export const readMarket = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/market", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
export const readTrades = (programme: string, cursor: string | undefined, limit: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/market/trades", { params: paged(programme, cursor, limit), ...until(signal) }));
export const readOwnMarket = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/market", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
export const readEndedOffers = (programme: string, cursor: string | undefined, limit: number, signal?: AbortSignal) => {
  const { path, query } = paged(programme, cursor, limit);
  return answer(server.GET("/programmes/{programme}/me/market/offers", { params: { path, query: { ...query, open: false } }, ...until(signal) }));
};
export const readOwnTrades = (programme: string, cursor: string | undefined, limit: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/market/trades", { params: paged(programme, cursor, limit), ...until(signal) }));

export async function makeOffer(programme: string, body: Schemas["OfferRequest"], key: string): Promise<Schemas["Written"]> {
  const done = await answer(server.POST("/programmes/{programme}/me/market/offers", { params: { path: { programme }, header: once(key) }, body }));
  if ("preview" in done) throw new Error("a preview was answered to a write");
  sawEntry(programme, done.seq);
  return done;
}
/** What an offer would be filled with, what it would hold, what would stay: it changes nothing. */
export async function previewOffer(programme: string, body: Schemas["OfferRequest"], signal?: AbortSignal): Promise<Schemas["OfferPreview"]> {
  const params = { path: { programme }, header: once(passingKey()), query: { preview: true } };
  const would = await answer(server.POST("/programmes/{programme}/me/market/offers", { params, body, ...until(signal) }));
  if (!("preview" in would)) throw new Error("an offer was made instead of previewed");
  return would;
}
export const takeBackOffer = (programme: string, offer: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/me/market/offers/{offer}/cancel", { params: { path: { programme, offer }, header: once(key) } }));
