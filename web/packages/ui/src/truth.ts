import { inject, type InjectionKey, provide, type Ref } from "vue";

/** What the truth line says of a programme: how many bought, how many have their money back. */
export interface TruthSummary {
  readonly buyers: number;
  readonly back: number;
}

const KEY: InjectionKey<Readonly<Ref<TruthSummary | undefined>>> = Symbol("truth");

export function provideTruth(of: Readonly<Ref<TruthSummary | undefined>>): void {
  provide(KEY, of);
}

export function useTruth(): Readonly<Ref<TruthSummary | undefined>> {
  const truth = inject(KEY);
  if (!truth) throw new Error("no truth is provided above this component");
  return truth;
}
