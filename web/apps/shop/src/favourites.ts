import { addFavourite, memberOf, readFavourites, removeFavourite, useCommand, useRead } from "@ratchet/api";
import { type ComputedRef, computed, inject, type InjectionKey, onBeforeUnmount, onMounted, provide, type Ref, ref } from "vue";

/** What one wants to find again: read once for all hearts of a page (MALL-8). */
interface Favourites {
  readonly ids: ComputedRef<ReadonlySet<string>>;
  /** The article whose heart was pressed and is not answered yet. */
  readonly pending: Readonly<Ref<string | undefined>>;
  toggle(product: string): Promise<void>;
  /** How many hearts are on the page. */
  readonly shown: Ref<number>;
}
const KEY: InjectionKey<Favourites> = Symbol("favourites");

export function provideFavourites(programme: Readonly<Ref<string>>): void {
  const shown = ref(0);
  const pending = ref<string>();
  const read = useRead(() => (shown.value && memberOf(programme.value) ? `favourites:${programme.value}` : null), (signal) => readFavourites(programme.value, signal));
  const add = useCommand(() => `favourite:${pending.value}`, (product: string, key) => addFavourite(programme.value, product, key));
  const remove = useCommand(() => `no-favourite:${pending.value}`, (product: string, key) => removeFavourite(programme.value, product, key));
  const ids = computed(() => new Set(memberOf(programme.value) ? read.data.value?.items.map(({ product }) => product.id) : []));
  async function toggle(product: string): Promise<void> {
    if (pending.value) return;
    pending.value = product;
    await (ids.value.has(product) ? remove : add).submit(product);
    pending.value = undefined;
  }
  provide(KEY, { ids, pending, toggle, shown });
}

/** Of a heart: its page reads which articles have one. */
export function useFavourites(): Favourites {
  const favourites = inject(KEY);
  if (!favourites) throw new Error("favourites are provided by the programme's page");
  onMounted(() => (favourites.shown.value += 1));
  onBeforeUnmount(() => (favourites.shown.value -= 1));
  return favourites;
}
