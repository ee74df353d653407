// Fails the build where an app grows past its budget, or names a host of elsewhere. Sizes are what a browser loads, gzip.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "../dist");
const KB = 1000;
/** The most that a page loads when it is the first that somebody opens: script and one language without the charts, and all style. */
const BUDGETS = {
  shop: { page: 120 * KB, style: 20 * KB },
  lab: { page: 70 * KB, style: 10 * KB },
  console: { page: 260 * KB, style: 50 * KB },
};
/** Names that stand in the code of our dependencies and are never asked for. */
const NAMES_ONLY = [/^https?:\/\/(www\.)?w3\.org\//, /^https:\/\/vuejs\.org\//, /^https:\/\/github\.com\/vuejs\//];

let broken = false;
for (const [app, budget] of Object.entries(BUDGETS)) {
  const folder = join(DIST, app);
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
  const chunks = Object.values(manifest);
  const size = (name) => gzipSync(readFileSync(join(folder, name))).length;
  const total = (names) => [...new Set(names)].reduce((sum, name) => sum + size(name), 0);
  /** A chunk with all that it cannot run without. */
  const withImports = (key, found = new Set()) => {
    if (found.has(key)) return found;
    found.add(key);
    for (const each of manifest[key].imports ?? []) withImports(each, found);
    return found;
  };
  const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
  const texts = Object.keys(manifest).filter((key) => /\/zh-/.test(manifest[key].file));
  const always = [...entries, ...texts].flatMap((key) => [...withImports(key)]);
  const isLoaded = (file) => file.endsWith(".js") && !/\/(en|charts)-/.test(file);
  const pages = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && !texts.includes(key));
  const sizeOf = (page) => total([...always, ...withImports(page)].map((key) => manifest[key].file).filter(isLoaded));
  const sizes = {
    page: Math.max(total(always.map((key) => manifest[key].file).filter(isLoaded)), ...pages.map(sizeOf)),
    style: total(chunks.flatMap(({ file, css = [] }) => (file.endsWith(".css") ? [file] : css))),
  };
  for (const [kind, most] of Object.entries(budget)) {
    const fits = sizes[kind] <= most;
    broken ||= !fits;
    console.log(`${app} ${kind}: ${(sizes[kind] / KB).toFixed(1)} of ${most / KB} kB${fits ? "" : "  TOO LARGE"}`);
  }
  for (const file of readdirSync(join(folder, "assets")).filter((name) => /\.(js|css|html)$/.test(name))) {
    for (const [host] of readFileSync(join(folder, "assets", file), "utf8").matchAll(/https?:\/\/[a-z0-9.-]+\.[a-z]{2,}[^"'`\s)]*/g)) {
      if (NAMES_ONLY.some((name) => name.test(host))) continue;
      broken = true;
      console.log(`${app}/${file} names another host: ${host}`);
    }
  }
}
if (broken) process.exit(1);
