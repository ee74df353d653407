import { afterEach, describe, expect, it, vi } from "vitest";
import type { Run } from "../src/types.ts";
import { resultOf } from "./result.ts";

const DONE: Run = { id: "r1", state: "done", result: resultOf([["1.00", "0.00", "0.20"]]) };
const RUNNING: Run = { id: "r1", state: "running", day: 3, days: 100 };
const asked: string[] = [];
/** What the server answers next, by method. */
let answers: Record<string, object[]> = {};
let source: { onmessage?: (message: { data: string }) => void; onerror?: () => void; closed: boolean } | undefined;

vi.stubGlobal("fetch", async (request: Request) => {
  asked.push(`${request.method} ${new URL(request.url).pathname}`);
  const body = answers[request.method]?.shift() ?? DONE;
  return "code" in body ? Response.json(body, { status: 429, headers: { "Retry-After": "17" } }) : Response.json(body);
});
vi.stubGlobal("EventSource", class {
  closed = false;
  constructor() {
    source = this;
  }
  close() {
    this.closed = true;
  }
});
// The client makes requests of paths, as in a browser.
const Plain = globalThis.Request;
vi.stubGlobal("Request", class extends Plain {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" && input.startsWith("/") ? `http://lab.test${input}` : input, init);
  }
});
const { answerTo, Failed } = await import("../src/ask.ts");

let seed = 0;
/** Each question is another one: answers are kept. */
const question = () => ({ seed: String((seed += 1)) });
const never = new AbortController().signal;

afterEach(() => {
  asked.length = 0;
  answers = {};
  source = undefined;
});

describe("a question", () => {
  it("that is answered at once is asked once, whoever asks again", async () => {
    const one = question();
    expect((await answerTo(one, never)).result.digest).toBe(DONE.result!.digest);
    await answerTo(one, never);
    expect(asked).toEqual(["POST /api/v1/lab/runs"]);
  });

  it("whose run takes longer is followed to its end", async () => {
    answers = { POST: [{ id: "r1", state: "waiting", ahead: 3 }], GET: [DONE] };
    const told: Run[] = [];
    const answer = answerTo(question(), never, (run) => told.push(run));
    await vi.waitUntil(() => source);
    source!.onmessage!({ data: JSON.stringify(RUNNING) });
    source!.onmessage!({ data: JSON.stringify({ id: "r1", state: "done" }) });
    expect((await answer).run).toBe("r1");
    expect(told.map(({ state, ahead, day }) => [state, ahead ?? day])).toEqual([["waiting", 3], ["running", 3]]);
    expect(source!.closed).toBe(true);
  });

  it("whose events break off is asked after", async () => {
    answers = { POST: [RUNNING], GET: [{ ...RUNNING, state: "done" }, DONE] };
    const answer = answerTo(question(), never);
    await vi.waitUntil(() => source);
    source!.onerror!();
    await answer;
    expect(asked).toEqual(["POST /api/v1/lab/runs", "GET /api/v1/lab/runs/r1", "GET /api/v1/lab/runs/r1"]);
  });

  it("that is given up is followed no longer", async () => {
    answers = { POST: [RUNNING] };
    const given = new AbortController();
    const answer = answerTo(question(), given.signal);
    await vi.waitUntil(() => source);
    given.abort();
    await expect(answer).rejects.toThrow("given up");
    expect(source!.closed).toBe(true);
  });

  it("without an answer says why: the run's own words, or the seconds to wait", async () => {
    answers = { POST: [{ id: "r1", state: "failed", problem: { code: "lab.time", text: { zh: "停", en: "stopped" }, errors: [] } }, { code: "rate_limited", title: "slow down" }] };
    await expect(answerTo(question(), never)).rejects.toThrow(Failed);
    await expect(answerTo(question(), never)).rejects.toMatchObject({ code: "rate_limited", retryAfter: 17 });
  });
});
