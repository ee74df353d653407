import { fresh } from "./freshness.ts";
import { answer, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";

/** What anybody may read of programmes. */
export const readProgrammes = (signal?: AbortSignal) => answer(server.GET("/programmes", until(signal)));

/** What a demo offers its visitors; a server that is none has nothing there. */
export const readDemo = (signal?: AbortSignal) => answer(server.GET("/demo", until(signal)));

/** Plans that come with Ratchet. */
export const readPresets = (signal?: AbortSignal) => answer(server.GET("/presets", until(signal)));

export const readProgramme = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));

export const readPlan = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/plan", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));

export const readTruth = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/truth", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));

export const readProducts = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/products", { params: { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));

/** These articles, sold or not. */
export const readProductsOf = (programme: string, ids: readonly string[], signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/products", { params: { path: { programme }, query: { ids: ids.join(","), limit: 100, ...fresh(programme) } }, ...until(signal) }));

/** Which articles, as the address of the page says it. */
export interface ProductsWanted {
  readonly words?: string | undefined;
  readonly category?: string | undefined;
  readonly sort?: "made" | "newest" | "price_up" | "price_down" | undefined;
  readonly brand?: string | undefined;
  readonly price_from?: string | undefined;
  readonly price_to?: string | undefined;
  readonly in_stock?: boolean | undefined;
  readonly cursor?: string | undefined;
}

/** What is sold and fits. */
export const findProducts = (programme: string, wanted: ProductsWanted, signal?: AbortSignal) => {
  const said = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as { [Key in keyof ProductsWanted]: NonNullable<ProductsWanted[Key]> };
  return answer(server.GET("/programmes/{programme}/products", { params: { path: { programme }, query: { ...said, listed: true, ...fresh(programme) } }, ...until(signal) }));
};

export const readCategories = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/categories", { params: { path: { programme } }, ...until(signal) }));

export const readBrands = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/brands", { params: { path: { programme } }, ...until(signal) }));

/** What somebody who types may mean. */
export const readSuggestions = (programme: string, words: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/suggestions", { params: { path: { programme }, query: { words } }, ...until(signal) }));

export const readProduct = (programme: string, product: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/products/{product_id}", { params: { path: { programme, product_id: product }, query: fresh(programme) }, ...until(signal) }));

export const readPrices = (programme: string, buckets: number, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/prices", { params: { path: { programme }, query: { buckets, ...fresh(programme) } }, ...until(signal) }));

/** What an order costs; to one of one's addresses, with one's coupons, where they are named. */
export const quoteOrder = (programme: string, lines: readonly Schemas["WantedLine"][], more: Omit<Schemas["OrderQuoteRequest"], "lines"> = {}) =>
  answer(server.POST("/programmes/{programme}/orders/quote", { params: { path: { programme } }, body: { lines: [...lines], ...more } }));

/** Provinces, or what lies right below a province or city. */
export const readRegions = (below?: string, signal?: AbortSignal) =>
  answer(server.GET("/regions", { params: { query: below ? { below } : {} }, ...until(signal) }));

/** Coupons that members may take. */
export const readCouponOffers = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/coupon-offers", { params: { path: { programme } }, ...until(signal) }));

/** The home page with all that it shows. */
export const readHome = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/home", { params: { path: { programme } }, ...until(signal) }));

/** What the operator tells everybody now. */
export const readNotices = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/notices", { params: { path: { programme } }, ...until(signal) }));

/** Where a poster leads: an article, else one's own invitation. */
export const readPosterCode = (programme: string, product: string | undefined, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/poster", { params: { path: { programme }, query: product ? { product } : {} }, ...until(signal) }));
