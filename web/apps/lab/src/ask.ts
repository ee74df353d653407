import { askLab, labEventsHref, Problem, readLabRun } from "@ratchet/api";
import { explicit, toLink } from "./link.ts";
import { outcomes } from "./outcome.ts";
import type { Question, Result, Run } from "./types.ts";

/** How often a run is asked after where its events do not come. */
const POLL_MS = 1_000;
/** So many answers are kept in this tab. */
const KEPT_MOST = 16;

/** A run that ended with a result. */
export interface Answer {
  readonly run: string;
  readonly question: Question;
  readonly result: Result;
  /** From asking to answer, waiting included. */
  readonly tookMs: number;
  /** In how many ms 99 of 100 of the latest entries of this server's shops were written while it ran; absent without entries. */
  readonly besideMs?: number;
}
/** The run ended without one; what it said is shown as it is. */
export class Failed extends Error {
  constructor(readonly problem: NonNullable<Run["problem"]>) {
    super(problem.code);
  }
}

const kept = new Map<string, Answer>();

/** Runs a question to its end, and tells where it stands until then. The same question is run once. */
export async function answerTo(asked: Question, signal: AbortSignal, tell: (run: Run) => void = () => undefined): Promise<Answer> {
  const question = explicit(asked);
  const name = await toLink({ question });
  const known = kept.get(name);
  if (known) return known;
  const { plan, set, people, seed } = question;
  const began = performance.now();
  let run = await askLab({ plan: plan ?? null, set: [...(set ?? [])], people: people ?? null, seed: seed ?? null }, signal);
  if (!hasEnded(run)) {
    tell(run);
    await untilEnded(run.id, signal, tell);
    run = await readLabRun(run.id, signal);
  }
  if (run.problem) throw new Failed(run.problem);
  if (!run.result) throw new Problem("unexpected", 0, undefined, undefined);
  // Reading ten thousand people and showing them are two tasks: together they keep a slow phone from its taps.
  outcomes(run.result);
  await new Promise((resolve) => setTimeout(resolve));
  const beside = run.commits_p99_us;
  const answer = { run: run.id, question, result: run.result, tookMs: performance.now() - began, ...(beside == null ? {} : { besideMs: Math.ceil(beside / 1_000) }) };
  kept.set(name, answer);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_MOST && !oldest.done) kept.delete(oldest.value);
  return answer;
}

function hasEnded({ state }: Run): boolean {
  return state === "done" || state === "failed";
}

/** Follows its events; where they break off it is asked after. */
function untilEnded(id: string, signal: AbortSignal, tell: (run: Run) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(labEventsHref(id));
    const end = (settle: () => void) => {
      source.close();
      signal.removeEventListener("abort", given);
      settle();
    };
    const given = () => end(() => reject(new DOMException("given up", "AbortError")));
    signal.addEventListener("abort", given);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const run = JSON.parse(data) as Run;
      if (hasEnded(run)) end(resolve);
      else tell(run);
    };
    source.onerror = () => end(() => void poll(id, signal, tell).then(resolve, reject));
  });
}

async function poll(id: string, signal: AbortSignal, tell: (run: Run) => void): Promise<void> {
  for (;;) {
    const run = await readLabRun(id, signal);
    if (hasEnded(run)) return;
    tell(run);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
