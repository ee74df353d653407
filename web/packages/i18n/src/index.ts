export { many, which } from "./plural.ts";
export { common } from "./common.ts";
export { about, dateTime, day, localDay, month, timeOfDay, waited, yearMonth } from "./format.ts";
export { catalogue, LANGUAGES, type Language, language, languageTag, preferredLanguage, setLanguage } from "./language.ts";
export type { CommonText } from "./zh.ts";
