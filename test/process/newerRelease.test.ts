/** The commands of `audit` of this release, while the next one writes to the log already. */

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { newerVersion, takenOnByNewer } from "../support/newerRelease.ts"
import { Database, Shop, shop } from "../support/server.ts"
import { audit, create, folder, patienceMs, token } from "./auditing.ts"

const words = `A NEWER RELEASE WROTE version 3 and what follows (machine version ${newerVersion}): it says more of this order`

/** An order that the next release has led into a state that there is not here. */
const theirs = Effect.gen(function* () {
  const { orderId } = yield* create("buyer", { amount: 2_000 })
  const sql = yield* Database
  yield* Effect.promise(() => takenOnByNewer(sql, orderId.slice(-36), "BuyerAsked", ["minted", "asked"]))
  return orderId
})

describe("an order that a newer release has written to", () => {
  it.layer(shop({ ADMIN_TOKEN: token }), { excludeTestServices: true })((it) => {
    it.effect(
      "is not broken: verification counts what it could not judge, and the order is shown and bundled as what it is",
      () =>
        Effect.gen(function* () {
          const orderId = yield* theirs
          const at = join(yield* folder, "bundle")
          const [verified, shown, bundled] = yield* Effect.all(
            [audit("verify"), audit("show", orderId), audit("bundle", orderId, "--out", at)],
            { concurrency: 3 },
          )
          expect(verified.code).toBe(0)
          expect(verified.out.split("\n")[0]).toBe("the log is in order")
          expect(verified.out).toContain("\na newer release wrote 1 of them: ")

          expect([shown.code, shown.out.split("\n")[0]]).toEqual([0, words])
          expect(shown.out).toContain("This is no fact that this release knows.")
          expect(shown.out).toContain("What happens next is up to the newer release.")

          expect(bundled).toMatchObject({ code: 0, err: "" })
          expect(readFileSync(join(at, "README.md"), "utf8")).toContain(`**${words}.**`)
          expect(String(execFileSync(process.execPath, [join(at, "verify.mjs")]))).toBe(
            `genuine: 3 events of ${orderId} end in minted.asked\n`,
          )
        }),
      patienceMs,
    )

    it.effect("is found, read and counted in the back office", () =>
      Effect.gen(function* () {
        const orderId = yield* theirs
        const { call } = yield* Shop
        const admin = (path: string) =>
          call("GET", `/admin/api${path}`, undefined, { headers: { authorization: `Bearer ${token}` } })
        const newer = { version: 3, machineVersion: newerVersion }
        const [first] = (yield* admin("/checkouts")).body.checkouts
        expect(first).toMatchObject({ orderId, at: "minted.asked", broken: null, newer })
        expect((yield* admin(`/checkouts/${orderId}`)).body).toMatchObject({
          checkout: { orderId, broken: null, newer },
          timer: null,
        })
        for (const path of ["/summary", "/events"]) expect((yield* admin(path)).status, path).toBe(200)
        const { body } = yield* admin("/verify")
        expect(body).toMatchObject({ ok: true, findings: [] })
        expect(body.unjudged).toBeGreaterThan(0)
      }),
    )

    it.effect(
      "is broken if no migration has told the database of such a release",
      () =>
        Effect.gen(function* () {
          const orderId = yield* theirs
          const sql = yield* Database
          yield* Effect.promise(() =>
            sql.begin(async (tx) => {
              await tx`ALTER TABLE legal_move DISABLE TRIGGER USER`
              await tx`DELETE FROM legal_move WHERE machine_version = ${newerVersion}`
            }),
          )
          const { out } = yield* audit("show", orderId)
          expect(out.split("\n")[0]).toBe(
            `THE HISTORY IS BROKEN at version 3: machine version ${newerVersion} is not known here: ask the release that wrote it`,
          )
        }),
      patienceMs,
    )
  })
})
