import { checkLabPlan, type Problem, problemFrom, type Schemas } from "@ratchet/api";
import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";

const PAUSE_MS = 300;

/** What is said of a text, looked at whenever one pauses; an earlier look is given up. */
export interface Checking {
  readonly check: ShallowRef<Schemas["PlanCheckView"] | undefined>;
  readonly problem: ShallowRef<Problem | undefined>;
  readonly busy: Ref<boolean>;
  look(): Promise<void>;
}

export function useChecking(text: Ref<string>, good: (text: string) => void): Checking {
  const check = shallowRef<Schemas["PlanCheckView"]>();
  const problem = shallowRef<Problem>();
  const busy = ref(false);
  let pause: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;

  async function look(): Promise<void> {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const looked = text.value;
    if (looked.trim() === "") return;
    busy.value = true;
    try {
      const said = await checkLabPlan(looked, mine.signal);
      if (mine.signal.aborted) return;
      [check.value, problem.value] = [said, undefined];
      if (said.errors.length === 0) good(looked);
    } catch (thrown) {
      if (mine.signal.aborted) return;
      problem.value = problemFrom(thrown);
    }
    busy.value = false;
  }
  watch(text, (_, before) => {
    clearTimeout(pause);
    pause = setTimeout(() => void look(), before === "" ? 0 : PAUSE_MS);
  });
  onScopeDispose(() => {
    clearTimeout(pause);
    asked?.abort();
  });
  return { check, problem, busy, look };
}
