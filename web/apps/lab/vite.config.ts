import { defineConfig } from "vite";
import { app } from "../../tools/vite.ts";

/** Each page is a file in each language: what stands on it first needs no script. */
const PAGES = ["index.html", "en.html", "plan/index.html", "plan/en.html", "embed/index.html", "embed/en.html"];

export default defineConfig(app("lab", "/lab/", "lab", PAGES));
