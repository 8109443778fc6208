import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { dataKeysOf } from "../../server/payers/dataKeyVariables.ts"
import { Payers } from "../../server/payers/payers.ts"
import { freshDatabase } from "../support/database.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-key-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true })),
)

/** What a server without a DATA_KEY that keeps its things in a folder of its own knows of a buyer. */
const serverWithNothing = Effect.gen(function* () {
  const keys = yield* dataKeysOf({ current: null, others: [] }, yield* folder)
  return yield* Effect.gen(function* () {
    return yield* Payers
  }).pipe(Effect.provide(Payers.layer(keys)))
})

describe("servers in development that have nothing in common but the database", () => {
  it.layer(freshDatabase)((it) => {
    it.effect("know each other's buyers", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* serverWithNothing, yield* serverWithNothing]
        const payer = one.fingerprint("buyer")
        yield* one.remember(payer, "buyer")
        expect(other.fingerprint("buyer")).toBe(payer)
        expect(yield* other.userKeyOf(payer)).toBe("buyer")
      }).pipe(Effect.scoped),
    )
  })
})
