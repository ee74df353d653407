import { onBeforeUnmount, type Ref, watch } from "vue";
import { sawEntry } from "./freshness.ts";
import { somethingChanged } from "./read.ts";

/** How long events are gathered before the page is read again. */
const GATHER_MS = 400;

/** Reads again when anything happens in the programme; a tab in the background rests. */
export function followEvents(id: Readonly<Ref<string>>): void {
  let source: EventSource | undefined;
  let known = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  function open(): void {
    close();
    if (!id.value || document.hidden) return;
    source = new EventSource(`/api/v1/programmes/${id.value}/events`);
    source.onmessage = ({ lastEventId }) => {
      if (/^\d+$/.test(lastEventId)) sawEntry(id.value, Number.parseInt(lastEventId, 10));
      // A stream begins with where the programme stands: the page has just read that.
      const news = known !== "";
      known = lastEventId;
      if (!news) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        somethingChanged();
      }, GATHER_MS);
    };
  }
  function close(): void {
    source?.close();
    source = undefined;
  }

  watch(id, open, { immediate: true });
  document.addEventListener("visibilitychange", open);
  onBeforeUnmount(() => {
    document.removeEventListener("visibilitychange", open);
    clearTimeout(timer);
    close();
  });
}
