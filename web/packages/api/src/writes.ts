import { sawEntry } from "./freshness.ts";
import { answer } from "./http.ts";
import type { Schemas } from "./views.ts";

type Asked = Parameters<typeof answer<Schemas["WriteAnswer"]>>[0];

/** A write that was carried out; what is read next is at least as new. */
export async function written(programme: string, asked: Asked): Promise<Schemas["Written"]> {
  const done = await answer(asked);
  if ("preview" in done) throw new Error("a preview was answered to a write");
  sawEntry(programme, done.seq);
  return done;
}

/** What a write would do: it changes nothing. */
export async function previewed(asked: Asked): Promise<Schemas["PreviewView"]> {
  const would = await answer(asked);
  if (!("preview" in would)) throw new Error("a write was carried out instead of previewed");
  return would;
}

/** Of what need not happen once: a preview has no effect, and a report of a viewing counts by the time that passed. */
export function passingKey(): string {
  return `passing-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;
}
