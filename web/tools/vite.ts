import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import vue from "@vitejs/plugin-vue";
import type { Plugin, UserConfig } from "vite";

const WEB = join(import.meta.dirname, "..");
/** A server of `cargo xtask dev` or of one's own. */
const SERVER = "http://127.0.0.1:8080";
/** Where `cargo xtask dev` serves the console, to which the shop leads. */
const CONSOLE = "http://127.0.0.1:5174";

/** The dark colours also where no script has run yet: a page that says something by itself is not white first in the dark. */
const darkBeforeScript: Plugin = {
  name: "dark-before-script",
  enforce: "pre",
  transform(code, id) {
    const dark = id.endsWith("/tokens.css") ? /:root\[data-theme="dark"\] (\{[^}]*\})/.exec(code)?.[1] : undefined;
    return dark ? `${code}\n@media (prefers-color-scheme: dark) { :root:not([data-theme]) ${dark} }\n` : null;
  },
};

/** The worker that opens an app without a network, with the names of the files that it keeps. */
function worker(folder: string): Plugin {
  return {
    name: "worker",
    apply: "build",
    generateBundle: {
      // After whoever takes empty files out.
      order: "post",
      handler(_options, bundle) {
        const source = readFileSync(join(folder, "worker.js"), "utf8");
        const own = readdirSync(join(folder, "public")).map((name) => `/${name}`);
        const files = [...Object.keys(bundle).filter((name) => name.startsWith("assets/")).map((name) => `/${name}`), ...own].sort();
        const version = createHash("sha256").update(JSON.stringify(files)).update(source).digest("hex").slice(0, 16);
        const head = `const VERSION = "${version}";\nconst FILES = ${JSON.stringify(files)};\n`;
        this.emitFile({ type: "asset", fileName: "worker.js", source: head + source });
      },
    },
  };
}

/** Modules that are one file of the build; of two groups that name a module the one with the higher priority has it. */
interface Group {
  readonly name: string;
  readonly priority: number;
  readonly test: RegExp;
}
const PARTS: readonly Group[] = [{ name: "parts", priority: 1, test: /apps\/\w+\/src\/(parts\/|\w+\.ts)/ }];

interface Shape {
  readonly pages?: readonly string[];
  readonly parts?: readonly Group[];
  /** Whether it opens without a network, by the `worker.js` of its folder. */
  readonly offline?: boolean;
}

/** One app: built from `apps/<name>` into `dist/<out>`, served under `base`; in development the API is that of a running server. */
export function app(name: string, base: string, out: string, { pages = ["index.html"], parts = PARTS, offline = false }: Shape = {}): UserConfig {
  return {
    root: join(WEB, "apps", name),
    base,
    plugins: [darkBeforeScript, vue(), ...(offline ? [worker(join(WEB, "apps", name))] : [])],
    define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    build: {
      outDir: join(WEB, "dist", out),
      emptyOutDir: true,
      // The oldest browsers with `<dialog>`, BigInt and `Array.at`; older ones get the sentence in `index.html`.
      target: ["chrome92", "safari15.4"],
      manifest: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: pages.map((page) => join(WEB, "apps", name, page)),
        output: {
          // Few files: what every page needs is one, the parts of pages another, charts a third; pages and languages stand alone.
          codeSplitting: {
            groups: [
              { name: "base", priority: 3, test: /node_modules|packages\/(exact|api|ui)\/(?!src\/plan\/)|packages\/i18n\/src\/(?!zh|en|accounts)/ },
              { name: "charts", priority: 2, test: /packages\/charts\// },
              ...parts,
            ],
          },
        },
      },
    },
    server: {
      proxy: { "/api": SERVER, "/cashier": SERVER, "/demo/report": SERVER, ...(name === "shop" ? { "/console": { target: CONSOLE, ws: true } } : {}) },
    },
  };
}
