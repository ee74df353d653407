import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { passingKey, previewed, written } from "./writes.ts";

/** The network, ranks, agents and shareholders, as staff see and change them. */
function paged(programme: string, cursor: string | undefined) {
  return { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } };
}

/** A branch: a member, the way to it, and a page of those whom it invited. */
export const readBranch = (programme: string, root?: string, cursor?: string, limit = 50, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/network", { params: { path: { programme }, query: { limit, ...(root ? { root } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
/** The largest branches of some generations, for an icicle. */
export const readNetworkMap = (programme: string, root?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/network/map", { params: { path: { programme }, query: { ...(root ? { root } : {}), ...fresh(programme) } }, ...until(signal) }));

export const readRanks = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/ranks", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));
export const readRanked = (programme: string, rank: number, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/ranks/members", { params: { path: { programme }, query: { rank, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readRankChanges = (programme: string, day?: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/ranks/changes", { params: { path: { programme }, query: { ...(day ? { day } : {}), ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readRankEvidence = (programme: string, member: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/members/{member}/rank", { params: { path: { programme, member }, query: fresh(programme) }, ...until(signal) }));

export const readAgents = (programme: string, ended: boolean, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/agents", { params: { path: { programme }, query: { ended, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readIncomeOfAgent = (programme: string, member: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/members/{member}/agent-income", { params: { path: { programme, member }, query: { limit: 20, ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
export const readShareholders = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/shareholders", { params: paged(programme, cursor), ...until(signal) }));
export const readDividends = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/dividends", { params: paged(programme, cursor), ...until(signal) }));
export const readDividendNow = (programme: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/dividends/now", { params: { path: { programme }, query: fresh(programme) }, ...until(signal) }));

function ofMember(programme: string, member: string, key: string) {
  return { path: { programme, member }, header: once(key) };
}
/** The same write with a key of its own that passes: it says what would happen and changes nothing. */
function trying(programme: string, member: string) {
  return { path: { programme, member }, header: once(passingKey()), query: { preview: true } };
}

export const appointAgent = (programme: string, body: Schemas["AppointRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/agents", { params: { path: { programme }, header: once(key) }, body }));
export const previewAppointment = (programme: string, body: Schemas["AppointRequest"], signal?: AbortSignal) =>
  previewed(server.POST("/programmes/{programme}/agents", { params: { path: { programme }, header: once(passingKey()), query: { preview: true } }, body, ...until(signal) }));
export const dismissAgent = (programme: string, member: string, territory: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/members/{member}/dismiss", { params: ofMember(programme, member, key), body: { territory } }));
export const previewDismissal = (programme: string, member: string, territory: string, signal?: AbortSignal) =>
  previewed(server.POST("/programmes/{programme}/members/{member}/dismiss", { params: trying(programme, member), body: { territory }, ...until(signal) }));
export const setWeight = (programme: string, member: string, weight: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/members/{member}/weight", { params: ofMember(programme, member, key), body: { weight } }));
export const previewWeight = (programme: string, member: string, weight: string, signal?: AbortSignal) =>
  previewed(server.POST("/programmes/{programme}/members/{member}/weight", { params: trying(programme, member), body: { weight }, ...until(signal) }));
export const bindMember = (programme: string, member: string, referrer: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/members/{member}/referrer", { params: ofMember(programme, member, key), body: { referrer } }));
export const previewBinding = (programme: string, member: string, referrer: string, signal?: AbortSignal) =>
  previewed(server.POST("/programmes/{programme}/members/{member}/referrer", { params: trying(programme, member), body: { referrer }, ...until(signal) }));
