import { explicit } from "./link.ts";
import type { Question } from "./types.ts";

/** What can be changed by a tap: nobody new after half of them, some sell every day, the pool gets the commissions too. */
export const SWITCHES = ["stop", "sell", "pool"] as const;
export type Switch = (typeof SWITCHES)[number];

export const SELL_DAILY = "3%";
export const POOL = "60%";
const NO_COMMISSION = "0%";

/** After so many nobody comes any more. */
export function stopsAfter(question: Question): number {
  const { people } = explicit(question);
  return people && "crowd" in people ? Math.ceil(people.crowd.count / 2) : 0;
}

/** Whether it changes anything there: a scenario's people are its own, and who sells already sells. */
export function applies(which: Switch, question: Question): boolean {
  const { people, set } = explicit(question);
  switch (which) {
    case "stop": return people !== undefined && "crowd" in people && !people.crowd.only && people.crowd.count > 1;
    case "sell": return people !== undefined && "crowd" in people && !people.crowd.sell_daily;
    case "pool": return !set?.some(({ key }) => key === "split.pool" || key === "split.commission");
    default: return which satisfies never;
  }
}

/** The question with these switches on. */
export function withSwitches(question: Question, on: readonly Switch[]): Question {
  let changed = explicit(question);
  for (const which of on) changed = withOne(changed, which);
  return changed;
}

function withOne(question: Question, which: Switch): Question {
  const { people, set = [] } = question;
  if (which === "pool") return { ...question, set: [...set, { key: "split.pool", value: POOL }, { key: "split.commission", value: NO_COMMISSION }] };
  if (!people || !("crowd" in people)) return question;
  const more = which === "stop" ? { only: stopsAfter(question) } : { sell_daily: SELL_DAILY };
  return { ...question, people: { crowd: { ...people.crowd, ...more } } };
}
