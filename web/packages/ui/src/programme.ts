import { type Currency, currency } from "@ratchet/exact";
import { inject, type InjectionKey, provide, type Ref } from "vue";

/** What the components have to know of the programme whose page this is. */
export interface ProgrammeContext {
  readonly id: string;
  readonly sandbox: boolean;
  readonly currency: Currency;
  /** Offset or zone of its local days. */
  readonly zone: string;
  /** The programme's time. */
  readonly now: string;
  /** Its clock is its own and stands still between advances. */
  readonly ownClock: boolean;
  readonly seq: number;
}

/** Where nothing of a programme is known yet: a page may still be drawn. */
export const UNKNOWN_PROGRAMME: ProgrammeContext = {
  id: "", sandbox: false, currency: currency("CNY"), zone: "+08:00", now: "", ownClock: false, seq: 0,
};

const KEY: InjectionKey<Readonly<Ref<ProgrammeContext>>> = Symbol("programme");

export function provideProgramme(of: Readonly<Ref<ProgrammeContext>>): void {
  provide(KEY, of);
}

export function useProgramme(): Readonly<Ref<ProgrammeContext>> {
  const programme = inject(KEY);
  if (!programme) throw new Error("no programme is provided above this component");
  return programme;
}
