/** A log of forty checkouts under five checkpoints, copied for every test that spoils it. */

import { generateKeyPairSync } from "node:crypto"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { CheckpointKeys, keysOf } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { ordinarily, type VerifyOptions, verify } from "../../server/integrity/verify.ts"
import { freshDatabaseUrl, postgresUrl } from "../support/database.ts"
import { lifeOf, writeCheckouts } from "../support/manyCheckouts.ts"
import { administer, at, copyDatabase } from "../support/templateDatabase.ts"

export const newKey = () =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString()

export const pem = newKey()

export const withKey = (text: string) => Layer.succeed(CheckpointKeys, CheckpointKeys.of(keysOf(text)))

/** The `nth` checkout, and the one whose life ends paid, refused by nobody. */
export const idOf = (nth: number): string => lifeOf(nth)[0]?.recorded.checkout.checkoutId ?? ""

export const checkpointsMade = 5
const checkoutsEach = 8

/** The URL of a database that tests copy; nobody may be connected to it. */
export const sealedTemplate: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const url = yield* freshDatabaseUrl
  yield* Effect.gen(function* () {
    yield* migrate
    const sql = yield* Database
    const seal = yield* makeSealer
    for (let nth = 0; nth < checkpointsMade; nth += 1) {
      const from = nth * checkoutsEach
      yield* Effect.promise(() => writeCheckouts(sql, { from, to: from + checkoutsEach, inFlight: 5 }))
      yield* seal(0)
    }
  }).pipe(
    Effect.provide(Layer.mergeAll(Database.layer(Redacted.make(url)), withKey(pem))),
    Effect.scoped,
    Effect.orDie,
  )
  return url
})

/** A copy of the template, with the keys. */
export const copyOf = (template: string, key = pem) =>
  Layer.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.promise(() => createFrom(template)),
        (url) => Effect.promise(() => drop(url)),
      ),
      (url) => Layer.mergeAll(Database.layer(Redacted.make(url)), withKey(key)),
    ),
  )

const createFrom = async (template: string) => {
  const from = new URL(template).pathname.slice(1)
  const name = `${from}_${Math.random().toString(36).slice(2, 10)}`
  await copyDatabase(postgresUrl(), name, from)
  return at(postgresUrl(), name)
}

const drop = (url: string) =>
  administer(postgresUrl(), `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`)

export const verified = (options: Partial<VerifyOptions> = {}) =>
  verify({ ...ordinarily, ...options }, () => {})

/** What was found, in short: `kind place`, where a place is a checkpoint or a version of a checkout. */
export const found = (options: Partial<VerifyOptions> = {}) =>
  Effect.map(verified(options), ({ findings, ok, findingCount }) => {
    if (ok !== (findingCount === 0)) throw new Error("in order, and yet something was found")
    return findings.map(({ kind, checkoutId, version, checkpoint }) =>
      checkoutId === null ? `${kind} #${checkpoint}` : `${kind} ${checkoutId} ${version ?? "row"}`,
    )
  })
