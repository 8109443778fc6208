/** The tests that mutants of the machine are run against, the quickest first. */

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { inOrder } from "./quickFirst.ts"

/** The quickest first; what is not named here comes after them. */
const order = [
  "decide",
  "view",
  "money",
  "secrets",
  "upcast",
  "corpus",
  "differences",
  "machine",
  "refund",
  "milestones",
]

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/{machine,corpus}/*.test.ts"],
    // Says nothing of what the machine does, only that the corpus is whole.
    exclude: ["test/corpus/complete.test.ts"],
    globalSetup: ["test/mutation/globalSeed.ts"],
    setupFiles: ["test/mutation/briefly.ts"],
    // One worker for all files: a run of a mutant is mostly starting up.
    isolate: false,
    sequence: { sequencer: inOrder(order) },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
})
