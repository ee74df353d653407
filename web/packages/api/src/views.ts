import type { components } from "./schema.gen.ts";

/** Every shape that the server reads and writes, by its name in the document. */
export type Schemas = components["schemas"];

/** All of something, in a fixed order. */
export interface List<T> {
  readonly items: readonly T[];
}
/** Part of a list, newest first; `next` leads on. */
export interface Page<T> extends List<T> {
  readonly next?: string | null;
}
