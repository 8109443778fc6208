import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { run } from "../support/cli.ts"
import { Database, Shop, shop } from "../support/server.ts"
import { audit, create, json, patienceMs, pay, token } from "./auditing.ts"

describe("audit", () => {
  it.layer(shop({ ADMIN_TOKEN: token, CHECKPOINT_INTERVAL_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect(
        "lists what fits, newest first, as a table and as JSON",
        () =>
          Effect.gen(function* () {
            const paid = yield* pay("lister", { items: [{ sku: "coffee", quantity: 2 }] })
            const open = yield* create("lister", { amount: 700 })
            yield* create("other", { amount: 800 })
            const { checkouts, hasMore } = yield* json(
              "list",
              "--user",
              "lister",
              "--max",
              "9000",
              "--text",
              "COFF",
            )
            expect(checkouts.map(({ orderId }: { orderId: string }) => orderId)).toEqual([paid.orderId])
            expect(hasMore).toBe(false)
            const { out, err } = yield* audit("list", "--user", "lister", "--limit", "1")
            expect(out).toMatch(/^opened +state +amount +order +items +reason\n\S+Z +minted.ready +700 won/)
            expect(out).toContain(open.orderId)
            expect(err).toContain("there are more")
          }),
        patienceMs,
      )

      it.effect(
        "shows a checkout by order id or token: who did what, how long after, on what evidence",
        () =>
          Effect.gen(function* () {
            const { orderId, payToken } = yield* pay("shown", { items: [{ sku: "coffee", quantity: 2 }] })
            const { code, out } = yield* audit("show", payToken)
            expect(code).toBe(0)
            expect(out).toContain(
              "● minted ── ○ authenticating ── ● authenticated ── ● executing ── ◉ settled",
            )
            expect(out).toMatch(/ 1 {2}\S+Z +buyer +CheckoutOpened {2}→ minted.requesting/)
            expect(out).toMatch(/\+\d+(\.\d)? m?s {2}webview\? {2}AuthenticationSucceeded/)
            expect(out).toMatch(/TossPay +PaymentExecuted/)
            expect(out).toContain("✓ amount: ours 9000, TossPay's 9000")
            const early = yield* json("show", orderId, "--as-of", "2")
            expect(early.checkout).toMatchObject({ at: "minted.ready", version: 2, broken: null })
            expect(early.events).toHaveLength(2)
            const whole = yield* json("show", orderId)
            expect(whole.checkout.hash).toBe(whole.events.at(-1).hash)
          }),
        patienceMs,
      )

      it.effect(
        "shows what a webview said as that, whatever it looks like",
        () =>
          Effect.gen(function* () {
            const { call } = yield* Shop
            const { orderId, payToken } = yield* create("forger", { amount: 900, reference: "\u202e15" })
            const reason =
              "x”\n  3  2026-01-01T00:00:00.000Z  TossPay  PaymentExecuted  → settled.paid\u001b[2J"
            const said = { payToken, outcome: "rejected", reason }
            expect((yield* call("POST", "/api/payment/authentication", said, { as: "forger" })).status).toBe(
              200,
            )
            const { out } = yield* audit("show", orderId)
            expect(out.match(/^ *\d+ {2}\S+Z .*$/gm)).toHaveLength(3)
            expect(out).toContain("“x”   3  2026-01-01")
            expect(out).toContain("\\u202e15")
            for (const unseen of ["\u001b", "\u202e"]) expect(out).not.toContain(unseen)
          }),
        patienceMs,
      )

      it.effect(
        "tells wrong use from an answer that is no",
        () =>
          Effect.gen(function* () {
            const { orderId } = yield* create("user", { amount: 900 })
            const ends = (...words: ReadonlyArray<string>) => Effect.map(audit(...words), ({ code }) => code)
            expect(yield* ends("show", "nobody's")).toBe(1)
            expect(yield* ends("show", orderId, "--as-of", "soon")).toBe(2)
            expect(yield* ends("list", "--state", "paid")).toBe(2)
            for (const limit of ["0", "-5", "10001", "all"])
              expect(yield* ends("list", "--limit", limit), limit).toBe(2)
            expect(yield* ends("list", "--min", "10", "--max", "5")).toBe(2)
            expect(yield* ends("list", "--from", "2026-02-01", "--to", "2026-01-31")).toBe(2)
            expect(yield* ends("export", "--out", "/nowhere/at/all")).toBe(2)
            const { env } = yield* Shop
            const away = { ...env, DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" }
            const { code, err } = yield* run(away, "audit", "list")
            expect([code, err]).toEqual([
              3,
              "tosspay-checkout: the database of DATABASE_URL cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n",
            ])
          }),
        patienceMs,
      )

      it.effect(
        "says so when a search takes the database longer than it may, and what to do",
        () =>
          Effect.gen(function* () {
            const { env } = yield* Shop
            const sql = yield* Database
            const url = new URL(env["DATABASE_URL"] ?? "")
            url.searchParams.set("statement_timeout", "1000")
            const { code, err } = yield* Effect.promise(() =>
              sql.begin(async (tx) => {
                await tx`LOCK TABLE checkout_event IN ACCESS EXCLUSIVE MODE`
                return Effect.runPromise(
                  run({ ...env, DATABASE_URL: url.href }, "audit", "list", "--text", "tip"),
                )
              }),
            )
            expect([code, err]).toEqual([
              2,
              expect.stringMatching(/^tosspay-checkout: the database took too long .+ --from and --to/),
            ])
          }),
        patienceMs,
      )
    },
  )
})
