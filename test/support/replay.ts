/** Of every file in which a test failed: the command that runs it again with the same seed. */

import type { Reporter } from "vitest/node"

export default class Replay implements Reporter {
  onTestRunEnd: NonNullable<Reporter["onTestRunEnd"]> = (files) => {
    for (const file of files.filter((one) => !one.ok())) {
      const { seed } = file.project.getProvidedContext()
      console.log(
        `replay: SEED=${seed} npx vitest run --config test/vitest.config.ts ${file.relativeModuleId}`,
      )
    }
  }
}
