import { type Ref, ref, type ShallowRef, shallowRef } from "vue";
import { Keys } from "./idempotency.ts";
import { type Problem, problemFrom } from "./problem.ts";
import { somethingChanged } from "./read.ts";

/** A write of one kind, from a page. */
export interface Command<Body, Answer> {
  /** Sends, or goes on waiting for what was sent already: a second tap is no second write. `undefined` where it was refused; `problem` says why. */
  submit(body: Body): Promise<Answer | undefined>;
  readonly pending: Readonly<Ref<boolean>>;
  /** Nothing is known of the outcome; the same write is sent again with the same key as soon as there is a network. */
  readonly waiting: Readonly<Ref<boolean>>;
  readonly problem: ShallowRef<Problem | undefined>;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15_000;

/** `name` is the act and what it is done to, such as `withdraw` or `receive:o1`; its key outlives the page. */
export function useCommand<Body, Answer>(name: () => string, send: (body: Body, key: string) => Promise<Answer>): Command<Body, Answer> {
  const keys = new Keys(sessionStorage);
  const pending = ref(false);
  const waiting = ref(false);
  const problem = shallowRef<Problem>();
  let running: Promise<Answer | undefined> | undefined;

  async function run(body: Body): Promise<Answer | undefined> {
    const act = name();
    const key = keys.keyFor(act, body);
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_MOST_MS)) {
      try {
        const answer = await send(body, key);
        keys.settle(act);
        somethingChanged();
        return answer;
      } catch (thrown) {
        const refused = problemFrom(thrown);
        if (!outcomeIsOpen(refused)) {
          keys.settle(act);
          problem.value = refused;
          // What was due may have happened though the command was refused, and a refusal is a sign that the page is old.
          somethingChanged();
          return undefined;
        }
        waiting.value = true;
        await untilOnlineOr(refused.retryAfter === undefined ? wait : refused.retryAfter * 1_000);
      }
    }
  }

  function submit(body: Body): Promise<Answer | undefined> {
    if (running) return running;
    pending.value = true;
    problem.value = undefined;
    running = run(body).finally(() => {
      running = undefined;
      pending.value = false;
      waiting.value = false;
    });
    return running;
  }

  return { submit, pending, waiting, problem };
}

/** Whether the same write is sent again: nobody knows its outcome, or the server has no room for it at this moment. */
export function outcomeIsOpen({ code }: Problem): boolean {
  switch (code) {
    case "network":
    case "busy":
    case "outcome_unknown":
    case "stopping": return true;
    default: return false;
  }
}

function untilOnlineOr(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });
}
