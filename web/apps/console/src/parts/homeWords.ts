import type { Schemas } from "@ratchet/api";

export type HomeBlock = Schemas["HomeBlock"];
export type BlockType = HomeBlock["type"];
export type Shelf = Extract<HomeBlock, { type: "shelf" }>;

/** Kinds of blocks in the order in which they are offered; those without a setting may stand once. */
export const BLOCK_TYPES = ["banner", "zones", "categories", "shelf", "product", "notices", "coupons", "text"] as const satisfies readonly BlockType[];
export const ONCE: readonly BlockType[] = ["zones", "notices", "coupons"];
export const BLOCKS_MOST = 20;

const empty = () => ({ zh: "", en: "" });

export function newBlock(type: BlockType): HomeBlock {
  switch (type) {
    case "banner": return { type, picture: "parcel", text: empty() };
    case "categories": return { type, categories: [] };
    case "shelf": return { type, title: empty(), of: { by: "newest" }, limit: 6 };
    case "product": return { type, product: "" };
    case "text": return { type, title: empty(), text: empty() };
    default: return { type };
  }
}

/** A text said in one language only is the same in the other. */
function both(text: Schemas["Text"]): Schemas["Text"] {
  return { zh: text.zh || text.en, en: text.en || text.zh };
}

/** The block as it is sent. */
export function whole(block: HomeBlock): HomeBlock {
  switch (block.type) {
    case "banner": return { ...block, text: both(block.text) };
    case "shelf": return { ...block, title: both(block.title) };
    case "text": return { ...block, title: both(block.title), text: both(block.text) };
    default: return block;
  }
}

const said = (text: Schemas["Text"]) => Boolean(text.zh || text.en);

/** Whether all that it needs is filled in; whether what it names is there the server says. */
export function isReady(block: HomeBlock): boolean {
  switch (block.type) {
    case "banner": return said(block.text) && Boolean(block.picture) && (block.link?.to !== "product" || Boolean(block.link.product)) && (block.link?.to !== "category" || Boolean(block.link.category));
    case "shelf": return said(block.title) && Number.isInteger(block.limit) && ofReady(block.of);
    case "product": return Boolean(block.product);
    case "text": return said(block.text);
    default: return true;
  }
}
function ofReady(of: Shelf["of"]): boolean {
  if (of.by === "category") return Boolean(of.category);
  if (of.by === "brand") return Boolean(of.brand);
  return of.by !== "products" || of.products.length > 0;
}
