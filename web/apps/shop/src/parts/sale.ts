import { msUntil, type Problem, previewSale, problemFrom, quoteSale, type Schemas, sell, useCommand } from "@ratchet/api";
import { type Here } from "@ratchet/ui";
import { type Currency, isZero, moneyBetween } from "@ratchet/exact";
import { onScopeDispose, type Ref, shallowRef, watch } from "vue";

type Quote = Schemas["SaleQuote"];

/** Typing rests so long before a quote is asked for. */
const REST_MS = 300;
/** A quote is replaced so long before it ends: the server's clock is known to a second. */
const EARLY_MS = 1_000;

/** A quote that can no longer be sold by, and why. Nothing was sold. */
interface Lapsed {
  readonly quote: Quote;
  readonly why: "expired" | "missed";
}

/**
 * Selling by quote. A quote that ends while somebody looks at it, or that is missed, is replaced by a new one with the old figures kept beside it:
 * nobody sells at a figure they have not seen.
 */
export function useSale(here: Here, wanted: Readonly<Ref<string | undefined>>) {
  const quote = shallowRef<Quote>();
  const before = shallowRef<Quote>();
  const lapsed = shallowRef<Lapsed>();
  const would = shallowRef<Schemas["PreviewView"]>();
  const problem = shallowRef<Problem>();
  const command = useCommand(() => "sell", (id: string, key) => sell(here.id.value, id, key));
  let rest: ReturnType<typeof setTimeout> | undefined;
  let end: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  async function ask(points: string, old: Lapsed | undefined): Promise<void> {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    clearTimeout(end);
    try {
      const next = await quoteSale(here.id.value, points, mine.signal);
      const preview = await previewSale(here.id.value, next.quote);
      if (mine.signal.aborted) return;
      quote.value = next;
      would.value = preview;
      lapsed.value = old;
      before.value = old?.quote;
      end = setTimeout(() => void ask(points, { quote: next, why: "expired" }), Math.max(0, msUntil(next.good_until) - EARLY_MS));
    } catch (thrown) {
      if (mine.signal.aborted) return;
      quote.value = undefined;
      problem.value = problemFrom(thrown);
    }
  }

  watch(wanted, (points) => {
    clearTimeout(rest);
    clearTimeout(end);
    asking?.abort();
    quote.value = before.value = lapsed.value = would.value = problem.value = undefined;
    if (points) rest = setTimeout(() => void ask(points, undefined), REST_MS);
  });
  onScopeDispose(() => {
    clearTimeout(rest);
    clearTimeout(end);
    asking?.abort();
  });

  /** Sells at the quote on the screen; `true` where it is done. */
  async function go(): Promise<boolean> {
    const offered = quote.value;
    const points = wanted.value;
    if (!offered || !points) return false;
    problem.value = undefined;
    if (await command.submit(offered.quote)) return true;
    const why = command.problem.value?.code;
    if (why === "quote_missed") await ask(points, { quote: offered, why: "missed" });
    else if (why === "quote_expired") await ask(points, { quote: offered, why: "expired" });
    else problem.value = command.problem.value;
    return false;
  }

  /** What the new quote pays more than the old one; nothing where it pays the same. */
  function difference(of: Currency): string | undefined {
    if (!quote.value || !before.value) return undefined;
    const by = moneyBetween(quote.value.net, before.value.net, of);
    return isZero(by) ? undefined : by;
  }

  return { quote, before, lapsed, would, problem, pending: command.pending, waiting: command.waiting, sell: go, difference };
}
