import { beginViewing, type Problem, problemFrom, reportViewing, type Schemas, somethingChanged, useCommand } from "@ratchet/api";
import type { Here } from "@ratchet/ui";
import { onScopeDispose, ref, type Ref, shallowRef } from "vue";

/** What plays a film, drawn or from a file. */
export interface Player {
  play(): Promise<void>;
  pause(): void;
  seek(ms: number): void;
  /** Where it stands, in whole milliseconds. */
  position(): number;
}

/** So far ahead of what the server has credited a film goes on playing; further, it goes back there: what lies between is not counted. */
const AHEAD_MOST_MS = 3_000;

/**
 * Plays today's film and says every few seconds where it stands. What was watched the server says; it counts time that passes while the film
 * plays and the page can be seen (VIEW-3), so a hidden page stops it.
 */
export function useViewing(here: Here, player: Readonly<Ref<Player | null>>) {
  const viewing = shallowRef<Schemas["Viewing"]>();
  const playing = ref(false);
  const problem = shallowRef<Problem>();
  /** The film itself cannot be played here. */
  const broken = ref(false);
  const begin = useCommand(() => "viewing", (_: object, key) => beginViewing(here.id.value, key));
  let beat: ReturnType<typeof setTimeout> | undefined;

  async function start(): Promise<void> {
    problem.value = undefined;
    broken.value = false;
    const begun = await begin.submit({});
    const film = player.value;
    if (!begun || !film) return;
    viewing.value = begun;
    film.seek(begun.watched_ms);
    try {
      await film.play();
    } catch {
      // Whatever the browser names it, nothing is seen and so nothing is counted.
      broken.value = true;
      return;
    }
    playing.value = true;
    next(begun.heartbeat_ms);
  }

  function next(ms: number): void {
    clearTimeout(beat);
    beat = setTimeout(() => void report(), ms);
  }

  function stop(): void {
    clearTimeout(beat);
    playing.value = false;
    player.value?.pause();
  }

  /** Says where the film stands; with `playing` false what passes from now on is not counted. */
  async function report(): Promise<void> {
    const [film, now] = [player.value, viewing.value];
    if (!film || !now) return;
    const position = film.position();
    try {
      const heard = await reportViewing(here.id.value, now.id, { position_ms: position, playing: playing.value });
      if (viewing.value?.id !== now.id) return;
      viewing.value = heard;
      if (heard.done) {
        stop();
        somethingChanged();
      } else if (playing.value) {
        if (position > heard.watched_ms + AHEAD_MOST_MS) film.seek(heard.watched_ms);
        next(heard.heartbeat_ms);
      }
    } catch (thrown) {
      stop();
      problem.value = problemFrom(thrown);
    }
  }

  function pause(): void {
    if (!playing.value) return;
    stop();
    void report();
  }
  const hidden = () => {
    if (document.hidden) pause();
  };
  document.addEventListener("visibilitychange", hidden);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", hidden);
    stop();
  });

  return { viewing, playing, problem, broken, start, pause, beginning: begin.pending, refused: begin.problem };
}
