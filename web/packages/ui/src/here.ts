import { followEvents, type Read, readProgramme, readTruth, type Schemas, useRead } from "@ratchet/api";
import { currency } from "@ratchet/exact";
import { computed, inject, type InjectionKey, provide, type Ref } from "vue";
import { type ProgrammeContext, provideProgramme, UNKNOWN_PROGRAMME } from "./programme.ts";
import { provideTruth, type TruthSummary } from "./truth.ts";

/** The programme of the pages below, and what everybody's outcome in it is. */
export interface Here {
  readonly id: Readonly<Ref<string>>;
  readonly programme: Read<Schemas["ProgrammeView"]>;
  readonly truth: Read<Schemas["Truth"]>;
  /** Whether the plan has it, as far as the programme is read. */
  readonly has: (mechanism: Schemas["Mechanism"]) => boolean;
  /** A path within the programme's pages. */
  readonly path: (rest?: string) => string;
}

const KEY: InjectionKey<Here> = Symbol("here");

export function provideHere(id: Readonly<Ref<string>>): Here {
  const programme = useRead(() => (id.value ? `programme:${id.value}` : null), (signal) => readProgramme(id.value, signal));
  const truth = useRead(() => (id.value ? `truth:${id.value}` : null), (signal) => readTruth(id.value, signal));
  const has = (mechanism: Schemas["Mechanism"]) => programme.data.value?.mechanisms.includes(mechanism) ?? false;
  const here: Here = { id, programme, truth, has, path: (rest = "") => `/p/${id.value}${rest && `/${rest}`}` };
  provide(KEY, here);
  provideProgramme(computed<ProgrammeContext>(() => {
    const view = programme.data.value;
    if (!view) return UNKNOWN_PROGRAMME;
    return {
      id: view.id, sandbox: view.kind === "sandbox", currency: currency(view.currency), zone: view.time_zone,
      now: view.clock.now, ownClock: view.clock.own, seq: view.seq,
    };
  }));
  provideTruth(computed<TruthSummary | undefined>(() => {
    const view = truth.data.value;
    return view && { buyers: view.buyers, back: view.in_cash[0]?.members ?? 0 };
  }));
  followEvents(id);
  return here;
}

export function useHere(): Here {
  const here = inject(KEY);
  if (!here) throw new Error("this page is outside of a programme");
  return here;
}
