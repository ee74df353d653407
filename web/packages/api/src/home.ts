import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";

/** The home page's blocks as the operator arranges them, and notices. */
export const readHomeBlocks = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/home-blocks", { params: { path: { programme } }, ...until(signal) }));
/** Changes nothing: what members would see. */
/** Without blocks: those of every new programme. */
export const checkHome = (programme: string, items: readonly Schemas["HomeBlock"][] | undefined, signal?: AbortSignal) =>
  answer(server.POST("/programmes/{programme}/home-blocks/check", { params: { path: { programme } }, body: items ? { items: [...items] } : {}, ...until(signal) }));
/** Without blocks the page is that of every new programme again. */
export const putHome = (programme: string, items: readonly Schemas["HomeBlock"][] | undefined, key: string) =>
  answer(server.POST("/programmes/{programme}/home-blocks", { params: { path: { programme }, header: once(key) }, body: items ? { items: [...items] } : {} }));

/** Where the console leaves a page that is not saved for the shop to draw it. */
export const lookSlot = (programme: string) => `home-look:${programme}`;

export const readAllNotices = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/notices/all", { params: { path: { programme }, query: { limit: 20, ...(cursor ? { cursor } : {}) } }, ...until(signal) }));
export const publishNotice = (programme: string, body: Schemas["NoticeRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/notices", { params: { path: { programme }, header: once(key) }, body }));
export const changeNotice = (programme: string, notice: string, body: Schemas["NoticeRequest"], key: string) =>
  answer(server.POST("/programmes/{programme}/notices/{notice}", { params: { path: { programme, notice }, header: once(key) }, body }));
export const removeNotice = (programme: string, notice: string, key: string) =>
  answer(server.DELETE("/programmes/{programme}/notices/{notice}", { params: { path: { programme, notice }, header: once(key) } }));
