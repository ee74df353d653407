import { catalogue } from "./language.ts";

/** What is said of the text of a plan: only for apps that show one. */
export const planTexts = catalogue({ zh: () => import("./zh-plan.ts"), en: () => import("./en-plan.ts") });
