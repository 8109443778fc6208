import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { unhindered } from "../integrity/attacker.ts"
import { Database, shop } from "../support/server.ts"
import { audit, folder, patienceMs, pay } from "./auditing.ts"

/** A payment whose amount somebody changed in its first row. What its last row says is what it always said. */
const changed = Effect.gen(function* () {
  const { orderId } = yield* pay("victim", { amount: 2_000 })
  const checkoutId = orderId.slice(-36)
  const sql = yield* Database
  yield* Effect.promise(() =>
    unhindered(
      sql,
      () => sql`
        UPDATE checkout_event SET data = jsonb_set(data, '{order,amount}', '1')
         WHERE checkout_id = ${checkoutId} AND version = 1`,
    ),
  )
  return { orderId, checkoutId }
})

/** Two commands at the same time: most of what they take is to start. */
const both = <A, B, R>(one: Effect.Effect<A, never, R>, other: Effect.Effect<B, never, R>) =>
  Effect.all([one, other], { concurrency: 2 })

const words = "THE HISTORY IS BROKEN at version 1: the row does not say what its hash was made of"

// One log for all of them: what was changed first stays changed, so it goes from the honest history to the worst.
describe("a history", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect(
      "that nobody touched is found by the id of its checkout too, as verification names it, and at no version that it never had",
      () =>
        Effect.gen(function* () {
          const { orderId } = yield* pay("honest", { amount: 2_000 })
          const [{ code, out }, never] = yield* both(
            audit("show", orderId.slice(-36)),
            audit("show", orderId, "--as-of", "99"),
          )
          expect([code, out.split("  ")[0]]).toEqual([0, orderId])
          expect(never).toEqual({
            code: 2,
            out: "",
            err: `tosspay-checkout: --as-of: ${orderId} has no such version, its last is 5\n`,
          })
        }),
      patienceMs,
    )

    it.effect(
      "of which somebody changed one time by a microsecond is shown as broken there, and is the one thing that verification finds",
      () =>
        Effect.gen(function* () {
          const { orderId } = yield* pay("victim", { amount: 2_000 })
          const sql = yield* Database
          yield* Effect.promise(() =>
            unhindered(
              sql,
              () => sql`
                UPDATE checkout_event SET recorded_at = recorded_at + interval '1 microsecond'
                 WHERE checkout_id = ${orderId.slice(-36)} AND version = 2`,
            ),
          )
          const [shown, verified] = yield* both(audit("show", orderId), audit("verify"))
          expect(shown.out.split(":")[0]).toBe("THE HISTORY IS BROKEN at version 2")
          expect(verified.out.split("\n")[0]).toBe("one thing is wrong")
        }),
      patienceMs,
    )

    it.effect(
      "that somebody changed is shown as one before anything else, and names the first row that is wrong, as verification does",
      () =>
        Effect.gen(function* () {
          const { orderId, checkoutId } = yield* changed
          const [now, then] = yield* both(audit("show", orderId), audit("show", orderId, "--as-of", "1"))
          for (const { out } of [now, then]) expect(out.split("\n")[0]).toBe(words)
          expect((yield* audit("verify")).out).toContain(`  checkout ${checkoutId} version 1  changed: `)
        }),
      patienceMs,
    )

    it.effect(
      "that somebody changed is bundled as evidence of that: the folder says so, and the command ends with 1",
      () =>
        Effect.gen(function* () {
          const { orderId } = yield* changed
          const at = join(yield* folder, "bundle")
          expect(yield* audit("bundle", orderId, "--out", at)).toMatchObject({ code: 1, err: `${words}\n` })
          const [title, , warning] = readFileSync(join(at, "README.md"), "utf8").split("\n")
          expect([title, warning]).toEqual([`# Payment ${orderId}`, `**${words}.**`])
        }),
      patienceMs,
    )
  })
})
