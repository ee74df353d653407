import { defineConfig } from "vite";
import { app } from "../../tools/vite.ts";

export default defineConfig(app("shop", "/", "shop", { offline: true }));
