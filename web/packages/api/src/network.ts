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

/** Commands of the network that staff send by forms of their own. */
export type NetworkCommand =
  | { readonly type: "agent.appoint"; readonly member: string; readonly territory: string; readonly level: Schemas["TerritoryLevel"] }
  | { readonly type: "agent.dismiss"; readonly member: string; readonly territory: string }
  | { readonly type: "shareholder.set"; readonly member: string; readonly weight: string }
  | { readonly type: "member.bind"; readonly member: string; readonly referrer: string };
export const sendNetworkCommand = (programme: string, body: NetworkCommand, key: string) =>
  written(programme, server.POST("/programmes/{programme}/commands", { params: { path: { programme }, header: once(key) }, body }));
/** Whether it would be carried out, and why not. */
export const previewNetworkCommand = (programme: string, body: NetworkCommand, signal?: AbortSignal) =>
  previewed(server.POST("/programmes/{programme}/commands", { params: { path: { programme }, header: once(passingKey()), query: { preview: true } }, body, ...until(signal) }));
