/** The tests that mutants of the decision core are run against: they need neither PostgreSQL nor a browser. */

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: [
      "test/checkout/{recovery,commands}.test.ts",
      "test/tosspay/{outcome,breaker}.test.ts",
      "test/log/{memory,chain}.test.ts",
    ],
    globalSetup: ["test/mutation/globalSeed.ts"],
    setupFiles: ["test/support/seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
})
