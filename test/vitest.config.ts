import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: "test/support/global.ts",
    setupFiles: ["test/support/seed.ts"],
    tags: [
      {
        name: "exhaustive",
        description: "tries every place at which something can go wrong; mutants are not run against it",
      },
    ],
    // Generous, because these machines are shared; nothing in a test depends on how long anything takes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // No module of ours has a state that a test could leave behind, so the next file need not load everything again.
    isolate: false,
    // Most of a test's time goes by in other processes.
    maxWorkers: "100%",
    reporters: ["default", "test/support/replay.ts"],
  },
})
