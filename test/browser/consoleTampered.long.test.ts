/** Somebody with the database's superuser leaves a row as it must not be, and somebody else looks at it. */

import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { unhindered } from "../integrity/attacker.ts"
import { act, Browser } from "../support/browser.ts"
import { Database, shop } from "../support/server.ts"
import { behaved, pay, signedIn, token } from "./auditConsole.ts"

const office = Layer.merge(Layer.orDie(Browser.layer), shop({ ADMIN_TOKEN: token }))

const changes: ReadonlyArray<readonly [change: string, version: number]> = [
  ["data = 'null'", 1],
  ['data = \'{"checks":[null],"answer":null,"who":7}\'', 5],
  ["type = 'Nonsense'", 3],
  ["to_state = 'nowhere.at_all'", 5],
]

describe("the console before a history that somebody touched", () => {
  it.layer(office, { excludeTestServices: true, timeout: 300_000 })((it) => {
    it.effect(
      "says at which step it is broken, and shows every step, whatever the row was made to say",
      () =>
        Effect.gen(function* () {
          const orderId = yield* pay("victim")
          const sql = yield* Database
          const opened = yield* signedIn(`checkouts/${orderId}`)
          const { page } = opened
          const steps = page.locator(".step button")
          yield* act(() => steps.nth(4).waitFor())
          for (const [change, version] of changes) {
            yield* Effect.promise(() =>
              unhindered(sql, async (all) => {
                await all`CREATE TABLE kept AS SELECT * FROM checkout_event`
                await all.unsafe(`UPDATE checkout_event SET ${change} WHERE version = ${version}`)
              }),
            )
            yield* act(() => page.reload())
            yield* act(() => steps.nth(4).waitFor())
            const said = yield* act(() => page.getByText("This history is broken").innerText())
            expect(said, change).toContain(`broken at step ${version}: `)
            yield* act(() => steps.nth(version - 1).click())
            yield* act(() => page.locator(".step[aria-current] .evidence").waitFor())
            expect(yield* act(() => steps.count()), change).toBe(5)
            yield* Effect.promise(() =>
              unhindered(sql, async (all) => {
                await all`DELETE FROM checkout_event`
                await all`INSERT INTO checkout_event SELECT * FROM kept`
                await all`DROP TABLE kept`
              }),
            )
          }
          yield* behaved(opened)
        }),
      300_000,
    )
  })
})
