import { onBeforeUnmount, onMounted, type Ref, ref } from "vue";

/** The width a drawing has on the screen, so that its letters keep their size. */
export function useWidth(of: Ref<Element | undefined>, first: number): Ref<number> {
  const width = ref(first);
  const observer = new ResizeObserver(([entry]) => {
    const seen = entry ? Math.round(entry.contentRect.width) : 0;
    if (seen > 0) width.value = seen;
  });
  onMounted(() => {
    if (of.value) observer.observe(of.value);
  });
  onBeforeUnmount(() => observer.disconnect());
  return width;
}
