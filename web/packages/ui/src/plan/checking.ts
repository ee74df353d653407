import { type Problem, problemFrom, type Schemas } from "@ratchet/api";
import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";

/** What is said of a text: nothing of a blank one, and of any other what was said when it was last looked at. */
export interface Checking {
  readonly check: ShallowRef<Schemas["PlanCheckView"] | undefined>;
  readonly problem: ShallowRef<Problem | undefined>;
  readonly busy: Ref<boolean>;
  /** Looks now, without waiting for a pause. */
  look(): Promise<void>;
}
interface Asked {
  readonly ask: (text: string, signal: AbortSignal) => Promise<Schemas["PlanCheckView"]>;
  /** Whoever types is left alone until nothing has come for so long; a text that was blank before is looked at at once. */
  readonly pauseMs: number;
  /** Told of each text without errors. */
  readonly good?: (text: string) => void;
}

const isBlank = (text: string | undefined) => !text?.trim();

/** Looks at a text whenever one pauses; an earlier look is given up. */
export function useChecking(text: Ref<string | undefined>, { ask, pauseMs, good }: Asked): Checking {
  const check = shallowRef<Schemas["PlanCheckView"]>();
  const problem = shallowRef<Problem>();
  const busy = ref(false);
  let pause: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;

  async function look(): Promise<void> {
    asked?.abort();
    const looked = text.value;
    if (looked === undefined || isBlank(looked)) {
      [check.value, problem.value, busy.value] = [undefined, undefined, false];
      return;
    }
    const mine = new AbortController();
    asked = mine;
    busy.value = true;
    try {
      const said = await ask(looked, mine.signal);
      if (mine.signal.aborted) return;
      [check.value, problem.value] = [said, undefined];
      if (said.errors.length === 0) good?.(looked);
    } catch (thrown) {
      if (mine.signal.aborted) return;
      problem.value = problemFrom(thrown);
    }
    busy.value = false;
  }
  watch(text, (now, before) => {
    clearTimeout(pause);
    if (isBlank(now)) void look();
    else pause = setTimeout(() => void look(), isBlank(before) ? 0 : pauseMs);
  });
  onScopeDispose(() => {
    clearTimeout(pause);
    asked?.abort();
  });
  return { check, problem, busy, look };
}
