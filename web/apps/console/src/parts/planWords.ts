import type { Schemas } from "@ratchet/api";
import { common } from "@ratchet/i18n";
import { t } from "../texts.ts";

/** So many changes are named in a heading. */
const NAMED_MOST = 3;

/** A key in words, where there are some. */
export function keyName(key: string): string {
  return t.value.keys[key] ?? key;
}

/** What a draft changes, in a heading: a section that comes or goes is named alone. */
export function inWords(changes: readonly Schemas["PlanChange"][]): string {
  const named = changes.slice(0, NAMED_MOST).map(({ key, old, new: now }) => `${keyName(key)} ${old ?? t.value.planPage.unset} → ${now ?? t.value.planPage.unset}`);
  if (changes.length > NAMED_MOST) named.push(t.value.planEdit.more(changes.length - NAMED_MOST));
  return named.join(common.value.comma);
}
