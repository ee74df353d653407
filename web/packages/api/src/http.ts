import { languageTag } from "@ratchet/i18n";
import createClient from "openapi-fetch";
import { heardTime } from "./clock.ts";
import { sessionLost } from "./lost.ts";
import { problemOf } from "./problem.ts";
import type { paths } from "./schema.gen.ts";

/** The server, with every path and shape checked against its document. */
export const server = createClient<paths>({
  baseUrl: "/api/v1",
  // Looked up at each call, so that nothing is asked before somebody asks.
  fetch: (request) => fetch(request),
});

server.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", languageTag());
    // A page of elsewhere cannot send it, so a cookie alone is no right to write.
    if (request.method !== "GET") request.headers.set("X-Ratchet", "1");
    return request;
  },
  onResponse({ response }) {
    heardTime(response.headers.get("Date"));
  },
});

interface Answered<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer itself; what is not 2xx is thrown as a problem. */
export async function answer<T>(asked: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok && data !== undefined) return data;
  const problem = problemOf(response, error);
  // To ask who one is, is no sign that one was somebody.
  if (problem.code === "login_required" && !response.url.endsWith("/api/v1/me")) sessionLost.value = true;
  throw problem;
}

/** The header that makes a write happen once. */
export function once(key: string): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}

/** For a request that may be given up. */
export function until(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
