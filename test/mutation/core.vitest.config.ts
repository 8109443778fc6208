/** The tests that mutants of the decision core are run against, the quickest first. They need no PostgreSQL and no browser. */

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { inOrder } from "./quickFirst.ts"

const names = [
  "tosspay/outcome",
  "tosspay/answer",
  "tosspay/breaker",
  "log/factSchema",
  "log/chain",
  "tosspay/refund",
  "checkout/worker",
  "checkout/reconcile",
  "checkout/advance",
  "checkout/instructions",
  "checkout/lease",
  "log/memory",
  "checkout/commands",
  "tosspay/mutualTls",
  "tosspay/transport",
  "checkout/refund",
  "checkout/lastingFaults",
  "checkout/recovery",
]

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: names.map((name) => `test/${name}.test.ts`),
    globalSetup: ["test/mutation/globalSeed.ts"],
    setupFiles: ["test/mutation/briefly.ts"],
    // One worker for all files: a run of a mutant is mostly starting up.
    isolate: false,
    tags: [{ name: "exhaustive" }],
    // A setting too, although only the command line's types know it.
    ...{ tagsFilter: ["!exhaustive"] },
    sequence: { sequencer: inOrder(names) },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
})
