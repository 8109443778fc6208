import { describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Queue, Scope } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll, expect } from "vitest"
import { memoryAlerts } from "../../server/alerts/memory.ts"
import { Database } from "../../server/database/postgres.ts"
import { Verifier } from "../../server/integrity/verifier.ts"
import { verifyingWorker } from "../../server/integrity/verifyRegularly.ts"
import { unhindered } from "./attacker.ts"
import { copyOf, sealedTemplate, verified } from "./sealedLog.ts"

let template = ""
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  template = await Effect.runPromise(Scope.provide(sealedTemplate, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** Runs the worker over a log that is long enough not to be read whole each time, and says of each verification if it was. */
const regularly = Effect.gen(function* () {
  const services = yield* Effect.context<Effect.Services<ReturnType<typeof verified>>>()
  const asked = yield* Queue.unbounded<boolean>()
  const verifier = Verifier.of({
    verify: (fromStart) =>
      verified({ fromStart, rereadUpTo: 0 }).pipe(
        Effect.provideContext(services),
        Effect.orDie,
        Effect.tap(({ since }) => Queue.offer(asked, since === null)),
      ),
  })
  yield* Layer.build(
    verifyingWorker.pipe(Layer.provide(Layer.merge(Layer.succeed(Verifier, verifier), memoryAlerts))),
  )
  return (after: "8 hours" | "7 days") => Effect.andThen(TestClock.adjust(after), Queue.take(asked))
})

describe("the log that servers verify regularly", () => {
  it.effect("is read whole once a week, whoever did it last, and says when that was", () =>
    Effect.gen(function* () {
      const isWhole = yield* regularly
      expect(yield* isWhole("8 hours")).toBe(true)
      const { verifiedAt } = yield* verified({ fromStart: true })
      expect(yield* isWhole("8 hours")).toBe(false)
      expect(yield* verified({ rereadUpTo: 0 })).toMatchObject({ wholeAt: verifiedAt })
      expect(yield* isWhole("7 days")).toBe(true)
      expect(yield* isWhole("8 hours")).toBe(false)
    }).pipe(Effect.scoped, Effect.provide(Layer.suspend(() => copyOf(template)))),
  )

  it.effect("is read whole when somebody made a record say that it was", () =>
    Effect.gen(function* () {
      const isWhole = yield* regularly
      expect(yield* isWhole("8 hours")).toBe(true)
      expect(yield* isWhole("8 hours")).toBe(false)
      yield* Effect.flatMap(Database, (sql) =>
        Effect.promise(() => unhindered(sql, () => sql`UPDATE verification SET is_whole = true`)),
      )
      expect(yield* isWhole("8 hours")).toBe(true)
    }).pipe(Effect.scoped, Effect.provide(Layer.suspend(() => copyOf(template)))),
  )
})
