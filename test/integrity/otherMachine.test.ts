import { fileURLToPath } from "node:url"
import { describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { expect } from "vitest"
import { machineVersion } from "../../machines/index.ts"
import { machineNamed, replayAll } from "../../server/audit/otherMachine.ts"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { run } from "../support/cli.ts"
import { freshDatabase, freshDatabaseUrl } from "../support/database.ts"
import { lifeOf, writeCheckouts } from "../support/manyCheckouts.ts"

const changed = fileURLToPath(new URL("./changedMachine.ts", import.meta.url))

const write = Effect.flatMap(Database, (sql) => Effect.promise(() => writeCheckouts(sql, { to: 20 })))

/** The orders of the lives that have such a fact. */
const ordersWith = (type: string) =>
  Array.from({ length: 20 }, (_, nth) => lifeOf(nth))
    .filter((life) => life.some(({ rows }) => rows.some((row) => row.type === type)))
    .map((life) => life[0]?.recorded.checkout.context.order.orderId)

describe("another machine", () => {
  it.live("that is the same goes every way that is on record", () =>
    Effect.gen(function* () {
      const events = yield* write
      const machine = yield* machineNamed(String(machineVersion))
      expect(yield* replayAll(machine, () => {})).toEqual({
        machineVersion,
        checkouts: 20,
        events,
        differenceCount: 0,
        differences: [],
      })
    }).pipe(Effect.provide(freshDatabase)),
  )

  it.live("that was changed is found out, checkout by checkout", () =>
    Effect.gen(function* () {
      yield* write
      const { differences } = yield* replayAll(yield* machineNamed(changed), () => {})
      const of = (kind: string) => differences.filter((one) => one.kind === kind).map((one) => one.orderId)
      expect(of("elsewhere")).toEqual(ordersWith("StatusNotFound"))
      expect(of("illegal")).toEqual(ordersWith("AuthenticationStarted"))
      expect(of("elsewhere").length * of("illegal").length).toBeGreaterThan(0)
      expect(differences).toContainEqual(
        expect.objectContaining({
          kind: "elsewhere",
          fact: "StatusNotFound",
          recorded: "failed.closed",
          replayed: "settled.paid",
        }),
      )
    }).pipe(Effect.provide(freshDatabase)),
  )

  it.live(
    "ends the command with 1, and with 2 if it is none",
    () =>
      Effect.gen(function* () {
        const url = yield* freshDatabaseUrl
        yield* Effect.andThen(migrate, write).pipe(Effect.provide(Database.layer(Redacted.make(url))))
        const replay = (machine: string, ...flags: ReadonlyArray<string>) =>
          run({ DATABASE_URL: url }, "audit", "replay", "--machine", machine, ...flags)
        const found = yield* replay(changed)
        expect(found.code).toBe(1)
        expect(found.out).toContain("failed.closed -> settled.paid")
        expect(yield* replay(String(machineVersion), "--json")).toMatchObject({ code: 0 })
        expect(yield* replay("99")).toMatchObject({
          code: 2,
          err: expect.stringContaining("--machine must be"),
        })
        expect(yield* replay("package.json")).toMatchObject({ code: 2 })
      }),
    { timeout: 180_000 },
  )
})
