import { expect, it } from "vitest";
import { many } from "../src/plural.ts";

it.each([[1, "1 member"], [0, "0 members"], [2, "2 members"], ["1", "1 member"], ["1,001", "1,001 members"], ["4 million", "4 million members"]] as const)("%s", (count, said) => {
  expect(many(count, "member", "members")).toBe(said);
});
