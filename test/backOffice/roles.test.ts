import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Operators } from "../../server/backOffice/operators.ts"
import { CurrentSettings, type Settings } from "../../server/config.ts"
import { run } from "../support/cli.ts"
import { paidInReview } from "../support/inReview.ts"
import { Database, Shop, shop } from "../support/server.ts"
import { as, lines, type Person, signIn, tokens, tokensFile } from "./people.ts"

const live = { excludeTestServices: true }

const office = Layer.unwrap(
  Effect.map(tokensFile(lines.kim, "", lines.lee, lines.park), (file) =>
    shop({ ADMIN_TOKEN: tokens.admin, ADMIN_TOKENS_FILE: file }),
  ),
)

const paid = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const { body } = yield* call("POST", "/api/payment/create", { amount: 900 })
  yield* sheet(body.payToken, "approve")
  yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
  return body.orderId as string
})

const uses = (where: string) =>
  Effect.flatMap(Database, (sql) =>
    Effect.promise(() =>
      sql.unsafe(
        `SELECT who, role, shown, operation, order_id, is_allowed FROM admin_use WHERE ${where} ORDER BY used_at`,
      ),
    ),
  )

describe("a token of the back office", () => {
  it.layer(
    office,
    live,
  )((it) => {
    it.effect("lets each person do what the role says, and no more", () =>
      Effect.gen(function* () {
        const orderId = yield* paid
        const refund = (person: Person) =>
          as(person, "POST", `/checkouts/${orderId}/refund`, { reason: "cold" })
        const retry = (person: Person) => as(person, "POST", "/deliveries/none/retry")
        const retryAll = (person: Person) =>
          as(person, "POST", "/subscriptions/none/retry", { state: "dead" })
        const resume = (person: Person) => as(person, "POST", "/subscriptions/none/resume")
        for (const person of ["kim", "lee", "park", "admin"] as const) {
          for (const path of ["/checkouts", `/checkouts/${orderId}`, "/events", "/summary", "/alerts"]) {
            expect((yield* as(person, "GET", path)).status).toBe(200)
          }
        }
        const close = (person: Person) =>
          as(person, "POST", "/alerts/close", { orderId, why: "It is meant so." })
        const forbidden = { ok: false, reason: "FORBIDDEN", message: "Your role does not allow this." }
        const decide = (person: Person) =>
          as(person, "POST", `/checkouts/${orderId}/decide`, { why: "The dashboard says so." })
        const tries = [refund, decide, retry, retryAll, resume, close].map((attempt) => attempt("kim"))
        const more = [retry, retryAll, resume, close].map((attempt) => attempt("lee"))
        for (const refused of yield* Effect.all([...tries, ...more])) {
          expect([refused.status, refused.body]).toEqual([403, forbidden])
        }
        expect((yield* as("kim", "GET", `/checkouts/${orderId}`)).body.checkout.refund).toBeNull()
        expect((yield* retry("park")).body.reason).toBe("DELIVERY_NOT_FOUND")
        expect((yield* retry("admin")).body.reason).toBe("DELIVERY_NOT_FOUND")
        expect((yield* retryAll("park")).body.reason).toBe("SUBSCRIPTION_NOT_FOUND")
        expect((yield* resume("park")).body.reason).toBe("SUBSCRIPTION_NOT_FOUND")
        expect((yield* close("park")).body).toEqual({ closed: false })
        expect((yield* refund("lee")).status).toBe(200)
        expect((yield* decide("lee")).body).toMatchObject({ decided: false, orderId })
      }),
    )

    it.effect("puts its own name to a refund, whatever the request says", () =>
      Effect.gen(function* () {
        const body = { reason: "cold", who: "Somebody Else" }
        const whoOf = (person: Person) =>
          Effect.gen(function* () {
            const orderId = yield* paid
            const answer = yield* as(person, "POST", `/checkouts/${orderId}/refund`, body)
            const { events } = (yield* as("admin", "GET", `/checkouts/${orderId}`)).body
            const started = events.find(({ type }: { type: string }) => type === "RefundStarted")
            return [answer.body.who, started.data.who]
          })
        expect(yield* whoOf("lee")).toEqual(["Lee", "Lee"])
        expect(yield* whoOf("admin")).toEqual(["Somebody Else", "Somebody Else"])
      }),
    )

    it.effect(
      "decides a payment in review, in its own name, once; and knows no order that nobody knows",
      () =>
        Effect.gen(function* () {
          const { orderId } = yield* paidInReview
          const decide = (id: string, why = " The dashboard has it as paid. ") =>
            as("lee", "POST", `/checkouts/${id}/decide`, { why, who: "Somebody Else" })
          expect((yield* decide(orderId, " ")).status).toBe(422)
          expect((yield* decide(orderId)).body).toEqual({
            ...{ decided: true, reason: "DECIDED", message: "Decided by what TossPay says." },
            ...{ orderId, state: "settled.paid", payStatus: "PAY_COMPLETE" },
          })
          expect((yield* decide(orderId)).body).toMatchObject({
            ...{ decided: false, reason: "NOTHING_OPEN", state: "settled.paid", payStatus: null },
          })
          expect((yield* decide("nobody")).body).toMatchObject({ reason: "CHECKOUT_NOT_FOUND" })
          const { events } = (yield* as("kim", "GET", `/checkouts/${orderId}`)).body
          expect(events.at(-1)).toMatchObject({
            type: "OutcomeCorrected",
            data: { who: "Lee", why: "The dashboard has it as paid." },
          })
        }),
    )

    it.effect("is on record with every use, refused ones too, before the answer", () =>
      Effect.gen(function* () {
        const orderId = yield* paid
        yield* as("kim", "GET", `/checkouts/${orderId}`)
        yield* as("kim", "POST", `/checkouts/${orderId}/refund`, { reason: "cold" })
        yield* as("admin", "GET", `/checkouts/${orderId}?x=${"y".repeat(50)}`)
        yield* signIn(tokens.lee)
        yield* as("kim", "GET", "/checkouts/%00")
        const use = { shown: "token", order_id: orderId, is_allowed: true }
        expect(yield* uses(`order_id = '${orderId}'`)).toEqual([
          { ...use, who: "Kim", role: "read", operation: "checkout" },
          { ...use, who: "Kim", role: "read", operation: "refund", is_allowed: false },
          { ...use, who: "ADMIN_TOKEN", role: "all", operation: "checkout" },
        ])
        expect(yield* uses("operation = 'signIn'")).toEqual([
          { ...use, who: "Lee", role: "refund", operation: "signIn", order_id: null },
        ])
        const { env } = yield* Shop
        const listed = yield* run(env, "admin", "uses", "--order", orderId, "--who", "Kim", "--json")
        expect(listed.code).toBe(0)
        expect(JSON.parse(listed.out).uses.map(({ operation }: { operation: string }) => operation)).toEqual([
          "refund",
          "checkout",
        ])
      }),
    )

    it.effect("leaves a record that the database itself keeps", () =>
      Effect.gen(function* () {
        yield* as("kim", "GET", "/alerts")
        const sql = yield* Database
        for (const change of [
          "UPDATE admin_use SET who = 'nobody'",
          "DELETE FROM admin_use",
          "TRUNCATE admin_use",
          "SET LOCAL session_replication_role = replica; DELETE FROM admin_use",
        ]) {
          const refused = yield* Effect.promise(() =>
            sql
              .unsafe(change)
              .simple()
              .then(() => "done", String),
          )
          expect(refused, change).toMatch(/append-only/)
        }
      }),
    )

    it.effect("is nowhere in the database, and neither is what a cookie holds", () =>
      Effect.gen(function* () {
        const signedIn = yield* signIn(tokens.lee)
        const secret = /=([\w-]{43});/.exec(signedIn.headers.get("set-cookie") ?? "")?.[1] ?? ""
        expect(secret).not.toBe("")
        const sql = yield* Database
        const rows = yield* Effect.promise(
          () => sql`SELECT t::text AS text FROM admin_session t UNION ALL SELECT t::text FROM admin_use t`,
        )
        expect(rows.length).toBeGreaterThan(1)
        for (const { text } of rows) {
          for (const canary of [secret, ...Object.values(tokens)]) {
            expect(text).not.toContain(canary)
            expect(text).not.toContain(Buffer.from(canary).toString("hex"))
          }
          expect(text).not.toContain(Buffer.from(secret, "base64url").toString("hex"))
        }
      }),
    )
  })

  it.live("made on the command line opens the back office, and is kept as its hash", () =>
    Effect.gen(function* () {
      const file = yield* tokensFile(lines.kim)
      const made = yield* run({}, "admin", "token", "--name", "Choi", "--role", "refund", "--file", file)
      expect([made.code, made.out.trim()]).toEqual([0, expect.stringMatching(/^[\w-]{43}$/)])
      const token = made.out.trim()
      yield* Effect.gen(function* () {
        const { call } = yield* Shop
        const headers = { authorization: `Bearer ${token}` }
        const { body } = yield* call("GET", "/admin/api/session", undefined, { headers })
        expect(body).toEqual({ name: "Choi", role: "refund", expiresAt: null })
        expect((yield* as("kim", "GET", "/alerts")).status).toBe(200)
      }).pipe(Effect.provide(shop({ ADMIN_TOKENS_FILE: file })))
    }),
  )

  it.live.each([
    ["{}", 1],
    [`${lines.kim}\nnonsense`, 2],
    [lines.kim.replace('"read"', '"root"'), 1],
    [lines.kim.replace(/[0-9a-f]{64}/, "kim's-own-token"), 1],
    [lines.kim.replace("Kim", " "), 1],
  ] as ReadonlyArray<readonly [string, number]>)(
    "that is written down wrongly stops the start: %s",
    ([text, line]) =>
      Effect.gen(function* () {
        const adminTokensFile = yield* tokensFile(text)
        const settings = { adminToken: null, adminTokensFile, production: true } as Settings
        const refused = yield* Effect.flip(Layer.build(Operators.layer)).pipe(
          Effect.provideService(CurrentSettings, settings),
        )
        expect(refused).toMatchObject({ exitCode: 2, reason: expect.stringContaining("ADMIN_TOKENS_FILE") })
        expect(refused.reason).toContain(`line ${line}`)
        expect(refused.reason).not.toContain(tokens.kim)
      }),
  )
})
