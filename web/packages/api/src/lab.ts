import { answer, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";

/** The lab: what a plan does to people, for anybody. */
export const askLab = (body: Schemas["LabQuestion"], signal?: AbortSignal) => answer(server.POST("/lab/runs", { body, ...until(signal) }));
export const readLabRun = (run: string, signal?: AbortSignal) => answer(server.GET("/lab/runs/{run}", { params: { path: { run } }, ...until(signal) }));
export const cancelLabRun = (run: string) => answer(server.DELETE("/lab/runs/{run}", { params: { path: { run } } }));
export const checkLabPlan = (plan: string, signal?: AbortSignal) => answer(server.POST("/lab/plans/check", { body: { plan }, ...until(signal) }));
/** Where its events come, and the one file to share; a link, so that the browser saves it. */
export const labEventsHref = (run: string) => `/api/v1/lab/runs/${run}/events`;
export const labReportHref = (run: string) => `/api/v1/lab/runs/${run}/report`;
