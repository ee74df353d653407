import { cancelLabRun, type Problem, problemFrom } from "@ratchet/api";
import { onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { type Answer, answerTo, Failed } from "./ask.ts";
import type { Question, Run } from "./types.ts";

/** One question at a time: nothing yet, where its run stands, its answer, or why there is none. */
export interface Running {
  readonly run: ShallowRef<Run | undefined>;
  readonly answer: ShallowRef<Answer | undefined>;
  readonly failed: ShallowRef<Run["problem"] | undefined>;
  readonly problem: ShallowRef<Problem | undefined>;
  readonly busy: ShallowRef<boolean>;
  ask(question: Question): Promise<Answer | undefined>;
  cancel(quiet: boolean): void;
}

export function useRun(): Running {
  const run = shallowRef<Run>();
  const answer = shallowRef<Answer>();
  const failed = shallowRef<Run["problem"]>();
  const problem = shallowRef<Problem>();
  const busy = shallowRef(false);
  let running: AbortController | undefined;

  async function ask(question: Question): Promise<Answer | undefined> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    [run.value, failed.value, problem.value, busy.value] = [undefined, undefined, undefined, true];
    try {
      const found = await answerTo(question, mine.signal, (stage) => { run.value = stage; });
      if (mine.signal.aborted) return undefined;
      answer.value = found;
      return found;
    } catch (thrown) {
      if (mine.signal.aborted) return undefined;
      if (thrown instanceof Failed) failed.value = thrown.problem;
      else problem.value = problemFrom(thrown);
      return undefined;
    } finally {
      if (running === mine) [run.value, busy.value] = [undefined, false];
    }
  }

  /** Nobody waits for it any more, so the server need not go on; what it says of that is shown, unless there is something else to show. */
  function cancel(quiet: boolean): void {
    const stage = run.value;
    running?.abort();
    [run.value, busy.value] = [undefined, false];
    if (stage) void cancelLabRun(stage.id).then(({ problem: says }) => { if (!quiet) failed.value = says; }, () => undefined);
  }
  onScopeDispose(() => running?.abort());
  return { run, answer, failed, problem, busy, ask, cancel };
}
