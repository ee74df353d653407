import { defineConfig } from "vite";
import { app } from "../../tools/vite.ts";

/** Each page is a file in each language: what stands on it first needs no script. */
const PAGES = ["index.html", "en.html", "plan/index.html", "plan/en.html", "embed/index.html", "embed/en.html"];

/** What the first screen needs is one file, what comes after it another. */
const PARTS = [
  { name: "first", priority: 1, test: /apps\/lab\/src\/((start|texts|link|deflate|ask|run|switches|outcome)\.ts|parts\/(Frame|Waiting|Bet|IdleDots)\.vue)/ },
  { name: "steps", priority: 0, test: /apps\/lab\/src\/((says|timing|picture|copy)\.ts|parts\/)/ },
];

export default defineConfig(app("lab", "/lab/", "lab", { pages: PAGES, parts: PARTS }));
