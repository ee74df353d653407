import { catalogue } from "@ratchet/i18n";

/** What the console says. */
export const t = catalogue({ zh: () => import("./texts/zh.ts"), en: () => import("./texts/en.ts") });

/** What is said of the text of a plan: loaded with it. */
export { planTexts } from "@ratchet/i18n/plan";
