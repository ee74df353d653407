import { catalogue } from "@ratchet/i18n";

/** What the lab says. */
export const t = catalogue({ zh: () => import("./texts/zh.ts"), en: () => import("./texts/en.ts") });
