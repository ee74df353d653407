import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Rules that neither compiler checks. Each has a name, a file it may not stand in, and an example that it finds. */
const ROOT = join(import.meta.dirname, "..");

/** Packages from the bottom up: each may import what stands before it, and nothing else. */
const LAYERS = ["exact", "i18n", "api", "ui", "charts"] as const;
const APPS = ["shop", "console", "lab"] as const;
const LINES_MOST = 300;

interface Source {
  readonly name: string;
  readonly text: string;
}
interface Rule {
  readonly name: string;
  readonly applies: (name: string) => boolean;
  readonly breaks: (source: Source) => string[];
  readonly example: Source;
}

const generated = (name: string) => name.endsWith(".gen.ts");
const ofTexts = (name: string) => name.startsWith("packages/i18n/src/") || /\/texts\/(zh|en)[\w-]*\.ts$/.test(name);
const inside = (name: string, folder: string) => name.startsWith(`${folder}/`);

function matches(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([found]) => found);
}

const RULES: readonly Rule[] = [
  {
    name: "packages import downwards only",
    applies: () => true,
    breaks: ({ name, text }) => {
      const [, kind, own] = /^(packages|apps)\/([\w-]+)\//.exec(name) ?? [];
      if (!own) return [];
      const below: readonly string[] = kind === "apps" ? LAYERS : LAYERS.slice(0, LAYERS.indexOf(own as (typeof LAYERS)[number]));
      return [...text.matchAll(/from "@ratchet\/([\w-]+)/g)].map(([, other]) => other!).filter((other) => !below.includes(other));
    },
    example: { name: "packages/exact/src/a.ts", text: 'import { Num } from "@ratchet/ui";' },
  },
  {
    name: "no way around the package's front",
    applies: () => true,
    breaks: ({ text }) => matches(/from "(\.\.\/){2,}(packages|apps|\w+\/src)\/[^"]*"|from "@ratchet\/[\w-]+\/(?!src\/|staff|plan|accounts-|tokens|base)[^"]+"/g, text),
    example: { name: "apps/shop/src/a.ts", text: 'import { a } from "../../packages/ui/src/a.ts";' },
  },
  {
    name: "shop and lab ask nothing that only staff may ask",
    applies: (name) => inside(name, "apps/shop") || inside(name, "apps/lab"),
    breaks: ({ text }) => matches(/@ratchet\/api\/staff/g, text),
    example: { name: "apps/shop/src/a.ts", text: 'import { readInbox } from "@ratchet/api/staff";' },
  },
  {
    name: "texts stand in the files of texts",
    applies: (name) => !ofTexts(name),
    breaks: ({ text }) => matches(/[\u3400-\u9fff]+/g, text),
    example: { name: "apps/shop/src/A.vue", text: "<p>积分</p>" },
  },
  {
    name: "a template holds no words of its own",
    applies: (name) => name.endsWith(".vue"),
    breaks: ({ text }) => {
      const template = /<template>\n([\s\S]*)\n<\/template>/.exec(text)?.[1] ?? "";
      return matches(/>[^<>{}]*[A-Za-z]{2,}[^<>{}]*</g, template.replace(/"[^"]*"/g, '""').replace(/\{\{[\s\S]*?\}\}/g, "").replace(/=>/g, ""));
    },
    example: { name: "apps/shop/src/A.vue", text: "<template>\n<p>Points</p>\n</template>" },
  },
  {
    name: "no amount becomes a float",
    applies: (name) => !inside(name, "packages/charts") && !inside(name, "packages/exact"),
    breaks: ({ text }) => matches(/parseFloat|\.toFixed|\bNumber\((?!response\.headers|seconds)|Math\.round/g, text),
    example: { name: "apps/shop/src/a.ts", text: "const net = Number(quote.net) * 2;" },
  },
  {
    name: "colours come from the tokens",
    applies: (name) => name.endsWith(".vue") || (name.endsWith(".css") && !name.endsWith("/tokens.css")),
    // Drawings bring their own; the poster leaves the page as a file.
    breaks: ({ name, text }) => (/\/(Picture|PosterSheet)\.vue$/.test(name) ? [] : matches(/#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;"])|\brgba?\(/g, text)),
    example: { name: "apps/shop/src/A.vue", text: "p { color: #ff0000; }" },
  },
  {
    name: "nothing that the content security policy forbids",
    applies: (name) => name.endsWith(".vue"),
    breaks: ({ text }) => matches(/v-html|\sstyle="|\binnerHTML\b/g, text),
    example: { name: "apps/shop/src/A.vue", text: '<p v-html="text" />' },
  },
  {
    name: "files stay short",
    applies: (name) => !ofTexts(name),
    breaks: ({ text }) => (text.split("\n").length > LINES_MOST ? [`${text.split("\n").length} lines`] : []),
    example: { name: "apps/shop/src/a.ts", text: "\n".repeat(LINES_MOST + 1) },
  },
];

function sources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.(ts|vue|css)$/.test(file.name))
    .map((file) => relative(ROOT, join(file.parentPath, file.name)))
    .filter((name) => !generated(name) && /\/src\//.test(name))
    .map((name) => ({ name, text: readFileSync(join(ROOT, name), "utf8") }));
}

const files = [...LAYERS.map((each) => `packages/${each}`), ...APPS.map((each) => `apps/${each}`)].flatMap(sources);

describe.each(RULES)("$name", ({ applies, breaks, example }) => {
  it("is kept", () => {
    const broken = files.filter(({ name }) => applies(name)).flatMap((file) => breaks(file).map((what) => `${file.name}: ${what}`));
    expect(broken).toEqual([]);
  });

  it("finds what it is for", () => {
    expect(applies(example.name)).toBe(true);
    expect(breaks(example)).not.toEqual([]);
  });
});
