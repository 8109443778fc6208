/**
 * How fast the log is sealed and verified: `nice node test/integrity/measure.ts [checkouts]` writes that many checkouts into a
 * PostgreSQL of its own, as servers do, and reads them. Figures count the time of the process, and in brackets the time
 * on the clock, which is another thing on a machine that others use too.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { embeddedPostgres } from "../../server/database/embedded.ts"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { CheckpointKeys } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { ordinarily, verify } from "../../server/integrity/verify.ts"
import { writeCheckouts } from "../support/manyCheckouts.ts"

const checkouts = Number(process.argv[2] ?? 100_000)
const rounds = 3
const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-measure-"))

const say = (words: string) => Effect.sync(() => process.stdout.write(`${words}\n`))

const timed = <A, E, R>(what: string, events: (value: A) => number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
    const value = yield* effect
    const { user, system } = process.cpuUsage(cpu)
    const perSecond = (seconds: number) => Math.round(events(value) / seconds).toLocaleString("en")
    const onClock = (performance.now() - startedMs) / 1_000
    yield* say(`${what}: ${perSecond((user + system) / 1e6)} events a second (${perSecond(onClock)})`)
    return value
  })

const measure = Effect.gen(function* () {
  yield* migrate
  const sql = yield* Database
  yield* timed(
    "written",
    (events) => events,
    Effect.promise(() => writeCheckouts(sql, { to: checkouts })),
  )
  yield* Effect.promise(() => sql`VACUUM ANALYZE`)
  const seal = yield* makeSealer
  yield* timed("sealed", (made) => made.at(-1)?.count ?? 0, seal(0))
  for (let round = 0; round < rounds; round += 1) {
    const options = { ...ordinarily, fromStart: true }
    const report = yield* timed(
      "verified",
      ({ events }) => events,
      verify(options, () => {}),
    )
    if (!report.ok) yield* say(`${report.findingCount} things are wrong`)
  }
  yield* say(`${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB in memory`)
})

await Effect.gen(function* () {
  const url = yield* embeddedPostgres(folder)
  const services = Layer.mergeAll(
    Database.layer(url),
    CheckpointKeys.signing(join(folder, "checkpoint.key"), true),
  )
  yield* Effect.provide(measure, services)
}).pipe(Effect.scoped, Effect.runPromise)
rmSync(folder, { recursive: true, force: true })
