import { ref } from "vue";

export type Theme = "auto" | "light" | "dark";

const STORED = "theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** What the person chose; `auto` follows the machine. */
export const theme = ref<Theme>(read());

export function setTheme(to: Theme): void {
  theme.value = to;
  localStorage.setItem(STORED, to);
  apply();
}

/** Puts the theme on the page, now and when the machine's changes. */
export function startTheme(): void {
  dark.addEventListener("change", apply);
  apply();
}

function apply(): void {
  const on = theme.value === "dark" || (theme.value === "auto" && dark.matches);
  document.documentElement.dataset["theme"] = on ? "dark" : "light";
}

function read(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "auto";
}
