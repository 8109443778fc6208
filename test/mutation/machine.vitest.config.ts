/** The tests that mutants of the machine are run against, the quickest first. */

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { inOrder } from "./quickFirst.ts"

const files = [
  "machine/decide",
  "machine/view",
  "machine/money",
  "machine/secrets",
  "machine/upcast",
  "machine/machine",
  "machine/refund",
  "corpus/corpus",
  "machine/milestones",
  "machine/exploration",
  "machine/compiled",
].map((name) => `test/${name}.test.ts`)

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: files,
    globalSetup: ["test/mutation/globalSeed.ts"],
    setupFiles: ["test/mutation/briefly.ts"],
    // One worker for all files: a run of a mutant is mostly starting up.
    isolate: false,
    sequence: { sequencer: inOrder(files) },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
})
