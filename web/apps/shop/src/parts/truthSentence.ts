import { formatCount, formatMoney, perHundred } from "@ratchet/exact";
import { common } from "@ratchet/i18n";
import { useHere, useProgramme } from "@ratchet/ui";
import { computed, type ComputedRef } from "vue";
import { t } from "../texts.ts";

/** Who got back what they spent, in one sentence. */
export function useTruthSentence(): ComputedRef<string> {
  const here = useHere();
  const programme = useProgramme();
  return computed(() => {
    const truth = here.truth.data.value;
    if (!truth) return common.value.truth.unread;
    if (truth.buyers === 0) return t.value.home.truthNobody;
    const money = (amount: string) => formatMoney(amount, programme.value.currency);
    return t.value.home.truth(formatCount(truth.buyers), formatCount(truth.in_cash[0]?.members ?? 0), money("100"), money(perHundred(truth.spread.median_ppm)));
  });
}
