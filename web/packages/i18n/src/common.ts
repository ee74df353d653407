import { catalogue } from "./language.ts";

/** Texts that every app has: states of a page, problems, units. */
export const common = catalogue({ zh: () => import("./zh.ts"), en: () => import("./en.ts") });
