import { inject, type InjectionKey, provide, type ShallowRef, shallowRef, watch } from "vue";
import { useRoute } from "vue-router";

/** A line of a formula with the numbers filled in. */
export interface Term {
  readonly name: string;
  readonly value: string;
  readonly sum?: boolean;
}

/** Why a figure is what it is: sentence, formula, the entries it follows from, rule, and how to check it. */
export interface Explanation {
  readonly sentence: string;
  readonly terms: readonly Term[];
  readonly sources: readonly { readonly seq: number; readonly what: string }[];
  readonly rule?: string;
  readonly plan?: string;
  readonly upTo?: number;
  readonly hash?: string;
  readonly check?: string;
}

/** What to ask when somebody wants to know why; a page makes one for each of its figures. */
export type Why = () => Promise<Explanation>;

/** Opens the explanation of a figure over the page it was asked from. */
export type OpenExplanation = (shown: string, why: Why) => void;

const KEY: InjectionKey<OpenExplanation> = Symbol("explain");

export function provideExplanations(open: OpenExplanation): void {
  provide(KEY, open);
}

/** For the frame of all pages: what is asked for, until its sheet is closed. A figure is explained on its page: whoever follows one of its entries has left it. */
export function useAsked(): ShallowRef<{ readonly shown: string; readonly why: Why } | undefined> {
  const asked = shallowRef<{ readonly shown: string; readonly why: Why }>();
  provideExplanations((shown, why) => {
    asked.value = { shown, why };
  });
  const route = useRoute();
  watch(() => route.path, () => {
    asked.value = undefined;
  });
  return asked;
}

export function useExplanations(): OpenExplanation | undefined {
  return inject(KEY, undefined);
}
