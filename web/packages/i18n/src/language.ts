import { type ShallowRef, shallowReadonly, shallowRef } from "vue";

/** Languages with every text. Chinese is the source: English has its type. */
export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = "language";
const TAGS: Record<Language, string> = { zh: "zh-CN", en: "en" };

const chosen = shallowRef<Language>("zh");
const catalogues: ((language: Language) => Promise<() => void>)[] = [];

/** The language on the screen. */
export const language: Readonly<ShallowRef<Language>> = shallowReadonly(chosen);

/** As HTML and HTTP name it. */
export function languageTag(): string {
  return TAGS[chosen.value];
}

/** The person's choice, else the browser's, else Chinese. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  const wished = stored ? [stored] : navigator.languages;
  for (const tag of wished) {
    const known = LANGUAGES.find((each) => tag.toLowerCase().startsWith(each));
    if (known) return known;
  }
  return "zh";
}

/** Loads the texts of a language and then changes all of them at once. */
export async function setLanguage(to: Language): Promise<void> {
  const show = await Promise.all(catalogues.map((load) => load(to)));
  chosen.value = to;
  for (const each of show) each();
  document.documentElement.lang = TAGS[to];
  localStorage.setItem(STORED, to);
}

/** A catalogue of texts, each language in a file of its own that is loaded when it is needed. */
export function catalogue<Text extends object>(
  files: Record<Language, () => Promise<{ default: Text }>>,
): Readonly<ShallowRef<Text>> {
  const texts = shallowRef<Text>();
  catalogues.push(async (to) => {
    const file = await files[to]();
    return () => {
      texts.value = file.default;
    };
  });
  // Nothing is mounted before the first `setLanguage`, so whoever reads this finds texts.
  return texts as Readonly<ShallowRef<Text>>;
}
