import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { DOCUMENT, SCHEMA, schemaOf } from "./codegen.mjs";

it("the client's types are those of the server's document", async () => {
  const [document, written] = await Promise.all([readFile(DOCUMENT, "utf8"), readFile(SCHEMA, "utf8")]);
  expect(written === (await schemaOf(document)), "write them again: npm run codegen").toBe(true);
});
