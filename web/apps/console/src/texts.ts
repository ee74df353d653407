import { catalogue } from "@ratchet/i18n";

/** What the console says. */
export const t = catalogue({ zh: () => import("./texts/zh.ts"), en: () => import("./texts/en.ts") });
