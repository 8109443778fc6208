/** However long the log is, whoever reads all of it holds a few of its rows at a time. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { exportFeed, exportFormats } from "../../server/audit/export.ts"
import { Database } from "../../server/database/postgres.ts"
import { CheckpointKeys, keysOf } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { ordinarily, verify } from "../../server/integrity/verify.ts"
import type { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { freshDatabase } from "../support/database.ts"
import { writeCheckouts } from "../support/manyCheckouts.ts"
import { pem } from "./sealedLog.ts"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

type Progress = (done: number, total: number) => void

interface Work {
  readonly name: string
  /** The part of it after which a quarter of the events has been read. */
  readonly quarter: number
  readonly run: (progress: Progress) => Effect.Effect<unknown, unknown, Database | CheckpointKeys | EventLog>
}

/** What is alive in memory at the worst moment of the work's first quarter, and of all of it, beyond what was before. */
const peaksOf = ({ quarter, run }: Work) =>
  Effect.gen(function* () {
    const aliveBytes = () => {
      // What holds bytes outside the heap is let go by the second.
      collect()
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const before = aliveBytes()
    let [early, all, looked] = [0, 0, 0]
    yield* run((done, total) => {
      if (done - looked < 1_000) return
      looked = done
      all = Math.max(all, aliveBytes() - before)
      if (done <= total * quarter) early = all
    })
    return { early, all }
  })

const works = (folder: string): ReadonlyArray<Work> => [
  {
    name: "verify",
    // The first half of the work is to read the checkpoints, the second to read the histories.
    quarter: 1 / 2 + 1 / 8,
    run: (progress) => verify({ ...ordinarily, fromStart: true }, progress),
  },
  ...exportFormats.map((format): Work => {
    const file = join(folder, `events.${format}`)
    return {
      name: format,
      quarter: 1 / 4,
      run: (progress) => exportFeed({ format, file, after: null, progress }),
    }
  }),
]

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-memory-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/**
 * What comes and goes by itself: code that is compiled, buffers of a socket. All rows of the log together are many times that.
 */
const littleBytes = 4 * 2 ** 20

/** A quarter of them is more than is read at once: pages of the feed, ranges of checkouts, row groups of Parquet. */
const checkouts = 10_000

describe("memory does not grow with the log", () => {
  it.live(
    "while it is verified and exported: four times as many events need less than twice as much, or next to nothing",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        yield* Effect.promise(() => writeCheckouts(sql, { to: checkouts }))
        yield* Effect.flatMap(makeSealer, (seal) => seal(0))
        for (const work of works(yield* folder)) {
          const { early, all } = yield* peaksOf(work)
          expect(all, work.name).toBeLessThan(2 * Math.max(early, littleBytes))
        }
      }).pipe(Effect.scoped, Effect.provide(services)),
    300_000,
  )
})

const services = Layer.mergeAll(postgresEventLog, Layer.succeed(CheckpointKeys, keysOf(pem))).pipe(
  Layer.provideMerge(freshDatabase),
)
