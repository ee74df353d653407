// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setLanguage } from "@ratchet/i18n";
import { describe, expect, it, vi } from "vitest";
import { createApp, h } from "vue";

vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
const { default: Bet } = await import("../src/parts/Bet.vue");
const { default: Frame } = await import("../src/parts/Frame.vue");

/** Elements with their attributes and words, without blanks between them and what is only there without script. */
function told(of: Element): unknown[] {
  return [...of.childNodes].flatMap((node): unknown[] => {
    if (node.nodeType === 3) return node.textContent?.trim() ? [node.textContent.trim()] : [];
    if (!("tagName" in node) || (node as Element).tagName === "NOSCRIPT") return [];
    const element = node as Element;
    const attributes = [...element.attributes].filter(({ name }) => !name.startsWith("data-") && !["value", "disabled", "aria-busy"].includes(name)).map(({ name, value }) => `${name}=${value}`).sort();
    return [[element.tagName.toLowerCase(), ...attributes], told(element)];
  });
}

describe.each([["zh", "index.html"], ["en", "en.html"]] as const)("the first screen in %s", (language, file) => {
  it("is the same before any script and after it", async () => {
    await setLanguage(language);
    const shown = document.createElement("div");
    createApp({ render: () => h(Frame, { path: "/lab", title: "" }, () => h(Bet, { modelValue: 4_000, pending: false })) }).mount(shown);
    const written = new DOMParser().parseFromString(readFileSync(join(import.meta.dirname, "..", file), "utf8"), "text/html");
    expect(told(shown)).toEqual(told(written.querySelector("#app")!));
  });
});
