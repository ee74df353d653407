import { fresh } from "./freshness.ts";
import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";
import { previewed, passingKey, written } from "./writes.ts";

/** The plan of a programme and what takes two people, as staff read and do it. */
function here(programme: string) {
  return { path: { programme }, query: fresh(programme) };
}

export const readVersion = (programme: string, version: number | undefined, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/plan", { params: { path: { programme }, query: { ...(version === undefined ? {} : { version }), ...fresh(programme) } }, ...until(signal) }));
export const readVersions = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/plan/versions", { params: here(programme), ...until(signal) }));
export const checkPlan = (programme: string, plan: string, signal?: AbortSignal) =>
  answer(server.POST("/programmes/{programme}/plan/check", { params: { path: { programme } }, body: { plan, population: true }, ...until(signal) }));
export const checkNewPlan = (tenant: string, plan: string, signal?: AbortSignal) =>
  answer(server.POST("/tenants/{tenant}/plans/check", { params: { path: { tenant } }, body: { plan, population: true }, ...until(signal) }));

export const readDrafts = (programme: string, signal?: AbortSignal) => answer(server.GET("/programmes/{programme}/plan/drafts", { params: { path: { programme } }, ...until(signal) }));
export const saveDraft = (programme: string, draft: string, text: string, key: string) =>
  answer(server.POST("/programmes/{programme}/plan/drafts/{draft}", { params: { path: { programme, draft }, header: once(key) }, body: { text } }));
export const removeDraft = (programme: string, draft: string, key: string) =>
  answer(server.DELETE("/programmes/{programme}/plan/drafts/{draft}", { params: { path: { programme, draft }, header: once(key) } }));

export const proposePlan = (programme: string, body: Schemas["AmendmentRequest"], key: string) =>
  written(programme, server.POST("/programmes/{programme}/plan/amendments", { params: { path: { programme }, header: once(key) }, body }));
export const approvePlan = (programme: string, version: string, sha256: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/plan/amendments/{version}/approve", { params: { path: { programme, version }, header: once(key) }, body: { sha256 } }));
export const withdrawPlan = (programme: string, version: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/plan/amendments/{version}/withdraw", { params: { path: { programme, version }, header: once(key) } }));

export const readProposals = (programme: string, cursor?: string, signal?: AbortSignal) =>
  answer(server.GET("/programmes/{programme}/proposals", { params: { path: { programme }, query: { ...(cursor ? { cursor } : {}), ...fresh(programme) } }, ...until(signal) }));
/** Outside money that shall come in once another person approves it. */
export interface Injection {
  readonly type: "pool.inject";
  readonly amount: string;
  readonly source: string;
}
export const proposeCommand = (programme: string, body: Injection, key: string) =>
  answer(server.POST("/programmes/{programme}/proposals", { params: { path: { programme }, header: once(key) }, body: { ...body } as unknown as Schemas["ProposalRequest"] }));
export const approveCommand = (programme: string, proposal: string, key: string) =>
  written(programme, server.POST("/programmes/{programme}/proposals/{proposal}/approve", { params: { path: { programme, proposal }, header: once(key) } }));
export const previewCommand = (programme: string, proposal: string) =>
  previewed(server.POST("/programmes/{programme}/proposals/{proposal}/approve", { params: { path: { programme, proposal }, header: once(passingKey()), query: { preview: true } } }));
export const withdrawCommand = (programme: string, proposal: string, key: string) =>
  answer(server.POST("/programmes/{programme}/proposals/{proposal}/withdraw", { params: { path: { programme, proposal }, header: once(key) } }));
