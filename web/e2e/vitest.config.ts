import { defineConfig } from "vitest/config";

/** Tests in a browser on the real binary: one server for each file, files one after the other. */
export default defineConfig({
  test: { dir: import.meta.dirname, include: ["*.test.ts"], environment: "node", fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 },
});
