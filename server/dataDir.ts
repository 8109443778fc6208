/** The folder in which everything that has to survive a restart is kept, when there is no database of one's own. */

import { accessSync, constants, mkdirSync } from "node:fs"
import { Effect } from "effect"
import { CannotStart } from "./errors.ts"

export const defaultDataDir = ".data"

/** Makes the folder if need be. Fails if it cannot be made or written to. */
export const usableDataDir = (dataDir: string) =>
  Effect.try({
    try: () => {
      mkdirSync(dataDir, { recursive: true })
      accessSync(dataDir, constants.W_OK)
      return dataDir
    },
    catch: () =>
      new CannotStart({
        exitCode: 3,
        reason: `DATA_DIR must be a folder that can be written to: ${dataDir}`,
      }),
  })
