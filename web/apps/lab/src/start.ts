import "@ratchet/ui/tokens.css";
import "@ratchet/ui/base.css";
import "./lab.css";
import { LANGUAGES, preferredLanguage, setLanguage } from "@ratchet/i18n";
import { startTheme } from "@ratchet/ui";
import { type Component, createApp } from "vue";
import "./texts.ts";

/** Puts a page over what stands there without it. The language in the address is the person's choice. */
export async function start(page: Component): Promise<void> {
  startTheme();
  const asked = new URLSearchParams(location.search).get("lang");
  await setLanguage(LANGUAGES.find((each) => each === asked) ?? preferredLanguage());
  createApp(page).mount("#app");
}
