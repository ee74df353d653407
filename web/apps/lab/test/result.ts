import type { Buyer, Day, Result } from "../src/types.ts";

/** A result of few buyers: spent, cash, held of each. */
export function resultOf(buyers: readonly (readonly [string, string, string])[], course: Day[] = []): Result {
  const [spent, cash, held] = [0, 1, 2].map((column) => buyers.map((each) => each[column]!)) as [string[], string[], string[]];
  const one = (number: number): Buyer => ({ number, spent: spent[number - 1]!, cash: cash[number - 1]!, held: held[number - 1]!, value: held[number - 1]! });
  const text = { zh: "消费增值", en: "Value growth" };
  return {
    version: "0.1.0", rules: 1, plan: { name: text, label: "value-growth", sha256: "" }, people: { name: text, said: [], sha256: "" }, seed: "1", entries: 3, digest: "ab".repeat(32),
    currency: { code: "CNY", decimals: 2 }, members: buyers.length, buyers: buyers.length, orders: buyers.length, refused: 0, spent: "0.00", cash: "0.00", held: "0.00", whole: 0, in_cash: 0,
    middle: one(Math.ceil(buyers.length / 2)), newest: one(buyers.length), best_hundredth: one(1), per_hundred: "20.65", payable_per_hundred: "30.00", hundred: [], outcomes: { spent, cash, held }, course,
  };
}
