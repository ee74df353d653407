import { type ComputedRef, computed, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import { forgetOnDevice, fromDevice, type Kept, KEPT_MOST, putOnDevice } from "./device.ts";
import { type Problem, problemFrom } from "./problem.ts";

/** What a page shows of one read: nothing yet, the data, data of earlier because there is no network, or why there is none. */
export type ReadState = "loading" | "ready" | "offline" | "problem";

export interface Read<T> {
  readonly data: Readonly<ShallowRef<T | undefined>>;
  readonly problem: Readonly<ShallowRef<Problem | undefined>>;
  /** When `data` was read, by the clock of this machine. */
  readonly readAt: Readonly<Ref<string | undefined>>;
  readonly state: ComputedRef<ReadState>;
  refresh(): Promise<void>;
}

const kept = new Map<string, Kept>();

/** Counts what changed; each read on the screen follows it. */
const changes = ref(0);

/** Something was written or somebody wrote: everything on the screen is read again. */
export function somethingChanged(): void {
  changes.value += 1;
}

/** Another person: nothing that was read before may be shown. */
export function forgetReads(): void {
  kept.clear();
  forgetOnDevice();
}

/**
 * Reads what `key` names, again when the key or anything else changes. An answer of earlier is shown until the new one is there; where the
 * network is gone it stays, with its time. A `null` key reads nothing yet. What is read
 * for a moment only (`passing`) is not kept.
 */
export function useRead<T>(key: () => string | null, ask: (signal: AbortSignal) => Promise<T>, { passing = false } = {}): Read<T> {
  const data = shallowRef<T>();
  const problem = shallowRef<Problem>();
  const readAt = ref<string>();
  let running: AbortController | undefined;

  function show(earlier: Kept | undefined): void {
    data.value = earlier?.data as T | undefined;
    readAt.value = earlier?.readAt;
  }

  async function refresh(): Promise<void> {
    const name = key();
    if (name === null) return;
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await ask(mine.signal);
      if (mine.signal.aborted) return;
      data.value = answer;
      problem.value = undefined;
      readAt.value = new Date().toISOString();
      if (!passing) keep(name, { data: answer, readAt: readAt.value });
    } catch (thrown) {
      if (mine.signal.aborted) return;
      problem.value = problemFrom(thrown);
      if (problem.value.code !== "network") data.value = undefined;
      else if (data.value === undefined) show(fromDevice(name));
    }
  }

  watch(key, (name) => {
    show(name === null ? undefined : kept.get(name));
    problem.value = undefined;
    void refresh();
  }, { immediate: true });
  watch(changes, () => void refresh());
  const online = () => void refresh();
  addEventListener("online", online);
  onScopeDispose(() => {
    running?.abort();
    removeEventListener("online", online);
  });

  const state = computed<ReadState>(() => {
    if (problem.value) return data.value === undefined ? "problem" : "offline";
    return data.value === undefined ? "loading" : "ready";
  });
  return { data, problem, readAt, state, refresh };
}

function keep(name: string, answer: Kept): void {
  kept.delete(name);
  kept.set(name, answer);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_MOST && !oldest.done) kept.delete(oldest.value);
  putOnDevice(name, answer);
}
