// Fails the build where an app grows past its budget, or names a host of elsewhere. Sizes are what a browser loads, gzip.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "../dist");
const KB = 1000;
/** Script of all pages together but the charts (more than anybody loads before the first of them), style, and one language. */
const BUDGETS = {
  shop: { script: 120 * KB, style: 20 * KB, texts: 15 * KB },
  lab: { script: 70 * KB, style: 10 * KB, texts: 6 * KB },
  console: { script: 260 * KB, style: 50 * KB, texts: 25 * KB },
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
  const isText = ({ file }) => /\/(zh|en)-/.test(file);
  const sizes = {
    script: total(chunks.filter((chunk) => chunk.file.endsWith(".js") && !isText(chunk) && !chunk.file.includes("/charts-")).map(({ file }) => file)),
    style: total(chunks.flatMap(({ file, css = [] }) => (file.endsWith(".css") ? [file] : css))),
    texts: total(chunks.filter((chunk) => isText(chunk) && chunk.file.includes("/zh-")).map(({ file }) => file)),
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
