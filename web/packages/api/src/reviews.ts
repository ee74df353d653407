import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";

/** Which reviews. */
export interface ReviewsWanted {
  readonly stars?: number | undefined;
  readonly pictured?: boolean | undefined;
  readonly unanswered?: boolean | undefined;
  readonly cursor?: string | undefined;
}

const PAGE = 20;
function asked(wanted: ReviewsWanted) {
  return { limit: PAGE, ...(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as { [Key in keyof ReviewsWanted]: NonNullable<ReviewsWanted[Key]> }) };
}

/** What buyers say of an article. */
export const readReviews = (programme: string, product: string, wanted: ReviewsWanted, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/products/{product_id}/reviews", { params: { path: { programme, product_id: product }, query: asked(wanted) }, ...until(signal) }));
export const readReviewsOfOrder = (programme: string, order: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/orders/{order}/reviews", { params: { path: { programme, order } }, ...until(signal) }));
export const readReviewsOfMine = (programme: string, wanted: ReviewsWanted, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/me/merchant/reviews", { params: { path: { programme }, query: asked(wanted) }, ...until(signal) }));
export const readAllReviews = (programme: string, wanted: ReviewsWanted, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/reviews", { params: { path: { programme }, query: asked(wanted) }, ...until(signal) }));

export const writeReview = (programme: string, order: string, body: Schemas["ReviewRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/orders/{order}/reviews", { params: { path: { programme, order }, header: once(key) }, body }));
export const followReviewUp = (programme: string, review: string, body: Schemas["FollowUpRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/reviews/{review}/follow-up", { params: { path: { programme, review }, header: once(key) }, body }));
export const answerReview = (programme: string, review: string, text: string, key: string) =>
  answer(server.POST("/programmes/{programme}/reviews/{review}/answer", { params: { path: { programme, review }, header: once(key) }, body: { text } }));
/** What a picture file may be, and how large: the server says why where it takes one not. */
export const PICTURE_TYPES = "image/jpeg,image/png,image/webp";

/** A file as it is: nothing of it is read here. */
function whole(file: File) {
  return { body: file as unknown as string, bodySerializer: () => file, headers: { "Content-Type": file.type } } as const;
}
/** Puts a picture of an article on the server: staff and merchants. */
export const putPicture = (programme: string, file: File, key: string) =>
  answer(server.POST("/programmes/{programme}/pictures", { params: { path: { programme }, header: once(key) }, ...whole(file) }));
/** Puts a picture for one's own review on the server. */
export const putOwnPicture = (programme: string, file: File, key: string) =>
  answer(server.POST("/programmes/{programme}/me/pictures", { params: { path: { programme }, header: once(key) }, ...whole(file) }));

/** What one wants to find again. */
export const readFavourites = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/me/favourites", { params: { path: { programme } }, ...until(signal) }));
export const addFavourite = (programme: string, product: string, key: string) =>
  answer(server.POST("/programmes/{programme}/me/favourites", { params: { path: { programme }, header: once(key) }, body: { product } }));
export const removeFavourite = (programme: string, product: string, key: string) =>
  answer(server.DELETE("/programmes/{programme}/me/favourites/{product_id}", { params: { path: { programme, product_id: product }, header: once(key) } }));
