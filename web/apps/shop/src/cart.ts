import { computed, ref, watch } from "vue";

/** What somebody wants to buy, kept on the device, one cart for each programme. Prices and stock are the server's, asked for again each time. */
export interface CartLine {
  readonly product: string;
  readonly quantity: number;
}

const PIECES_MOST = 999;
const LINES_MOST = 100;

export function useCart(programme: () => string) {
  const lines = ref<CartLine[]>([]);
  const slot = () => `cart:${programme()}`;
  watch(programme, () => {
    lines.value = JSON.parse(localStorage.getItem(slot()) ?? "[]") as CartLine[];
  }, { immediate: true });

  function keep(next: CartLine[]): void {
    lines.value = next;
    localStorage.setItem(slot(), JSON.stringify(next));
  }
  /** Sets how many; none takes the line out. */
  function set(product: string, quantity: number): void {
    const others = lines.value.filter((line) => line.product !== product);
    const at = lines.value.findIndex((line) => line.product === product);
    if (quantity <= 0) return keep(others);
    const line = { product, quantity: Math.min(quantity, PIECES_MOST) };
    keep(at < 0 ? [...others, line].slice(-LINES_MOST) : lines.value.map((each) => (each.product === product ? line : each)));
  }
  function add(product: string): void {
    set(product, (lines.value.find((line) => line.product === product)?.quantity ?? 0) + 1);
  }
  return { lines: computed<readonly CartLine[]>(() => lines.value), set, add, clear: () => keep([]) };
}
