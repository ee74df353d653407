import type { Schemas } from "./views.ts";

/** What a server says of a refusal (RFC 9457). `code` is permanent; `title` is the sentence, in the language that was asked for. */
export interface ProblemBody {
  readonly code: string;
  readonly title?: string;
  readonly facts?: Record<string, unknown>;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly request_id?: string;
}

/** Codes that no server sends: the request did not arrive, or what came back is no problem document. */
export type LocalCode = "network" | "unexpected";
export type AnyCode = Schemas["ProblemCode"] | LocalCode;

/** A request that did not do what it asked for. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly code: AnyCode,
    readonly status: number,
    readonly body: ProblemBody | undefined,
    /** Seconds after which the server asks to be asked again. */
    readonly retryAfter: number | undefined,
  ) {
    super(body?.title ?? code);
  }

  /** The request's number, for the person who asks the operator. */
  get requestId(): string | undefined {
    return this.body?.request_id;
  }

  /** The fact of this name, where it is a text or a number. */
  fact(name: string): string | undefined {
    const value = this.body?.facts?.[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  }
}

/** What is wrong with a field of the body, by its JSON pointer. */
export function faultOf(problem: Problem | undefined, pointer: string): string | undefined {
  return problem?.body?.errors?.find((each) => each.pointer === pointer)?.detail;
}

/** Whether all that is wrong stands at these fields, so that it need not be said a second time. */
export function isAtFields(problem: Problem | undefined, ...pointers: readonly string[]): boolean {
  const errors = problem?.body?.errors ?? [];
  return errors.length > 0 && errors.every((each) => pointers.includes(each.pointer));
}

/** From an answer that was not 2xx. */
export function problemOf(response: Response, body: unknown): Problem {
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  if (isProblemBody(body)) return new Problem(body.code as AnyCode, response.status, body, retryAfter);
  const id = response.headers.get("X-Request-Id");
  return new Problem("unexpected", response.status, id ? { code: "unexpected", request_id: id } : undefined, retryAfter);
}

/** From whatever was thrown while asking. */
export function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  // `fetch` fails with a TypeError where there is no connection, and with nothing else that is not a bug here.
  if (thrown instanceof TypeError) return new Problem("network", 0, undefined, undefined);
  throw thrown;
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}
