/**
 * Anything is sent to every operation of the OpenAPI document. Whatever it is, the answer is one of the contract's, a
 * no leaves nothing behind, and the server goes on. `FUZZ_RUNS` requests for each place of each operation
 * (4), others each time: the seed is printed.
 */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { Database, Shop, shop } from "../support/server.ts"
import { isAsDescribed } from "./answers.ts"
import { foreignForms } from "./hostile.ts"
import {
  type Document,
  type Known,
  type Operation,
  operationsOf,
  placesIn,
  requestsTo,
} from "./operations.ts"
import { type Got, type Sent, send } from "./wire.ts"

const runs = Number(process.env["FUZZ_RUNS"] ?? "4")
const token = "the-back-office-7"
const bearer = ["authorization", `Bearer ${token}`] as const
const buyer = ["x-toss-user-key", "buyer-1"] as const

/** Nothing moves by itself, so that whatever is stored was stored by a request. */
const still = {
  RECOVERY_INTERVAL_MS: "3600000",
  CHECKPOINT_INTERVAL_MS: "86400000",
  CHECKOUT_TTL_MS: "86400000",
}

/** What HTTP itself answers, to any operation. */
const alwaysPossible = ["400", "404", "431"]

/** With nothing in a place of the path, it is the path of another operation. */
const isPathOf = (path: string, target: string) =>
  new RegExp(`^${path.replaceAll(/:\w+|\{\w+\}/g, "[^/]+")}$`).test(target.split(/[?#]/)[0] ?? "")

/** It was no request, or to no operation that the document could describe. */
const isOfHttpItself = (status: number, body: string) =>
  /"reason":"(NOT_FOUND|HEADERS_TOO_LARGE)"/.test(body) ||
  (status === 400 && /"reason":"INVALID_REQUEST"/.test(body))

/** Except for who was in the back office, which is on record whatever came of it, and for what the server tells of what was done before. */
const countingRows = Effect.flatMap(Database, (sql) =>
  Effect.promise(async () => {
    const tables = await sql<Array<{ name: string }>>`
      SELECT relname AS name FROM pg_class
       WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname NOT IN ('admin_use', 'delivery', 'alert') ORDER BY relname`
    const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS n FROM ${name}`)
    return () => sql.unsafe<Array<{ name: string; n: number }>>(counts.join(" UNION ALL "))
  }),
)

/** Orders in several states, and everything by which they may be asked for. */
const known = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const orders: Array<{ orderId: string; payToken: string }> = []
  for (const step of ["minted", "settled", "declined"]) {
    const { body } = yield* call("POST", "/api/payment/create", { amount: 700, reference: `shop-${step}` })
    if (step !== "minted") yield* sheet(body.payToken, step === "settled" ? "approve" : "decline")
    if (step !== "minted") yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
    orders.push(body)
  }
  const headers = Object.fromEntries([bearer])
  const page = yield* call("GET", "/api/payment/orders?limit=1")
  const feed = yield* call("GET", "/admin/api/events?limit=2", undefined, { headers })
  const found = yield* call("GET", "/admin/api/checkouts?limit=1", undefined, { headers })
  const moments = ["2026-01-01T00:00:00Z", "2026-01-31", new Date().toISOString()]
  return {
    orderId: orders.map(({ orderId }) => orderId),
    payToken: orders.map(({ payToken }) => payToken),
    q: ["buyer-1", ...orders.map(({ payToken }) => payToken)],
    sku: ["coffee", "book"],
    amount: ["700"],
    expectedAmount: ["700", "4500"],
    cursor: [page.body.cursor, found.body.cursor],
    after: [feed.body.cursor, "latest"],
    "last-event-id": [feed.body.cursor],
    "idempotency-key": ["key-1", "key-2"],
    reference: ["shop-minted", "shop-settled", "주문 1"],
    limit: ["1", "50"],
    min: ["0", "9000"],
    max: ["9999999"],
    from: moments,
    to: moments,
  } satisfies Known
})

const isNo = (status: number) => status >= 400

/** It says of its body that it is something else than it would be read as. */
const isForeign = ({ headers, body }: Sent) => body && foreignForms.some((form) => headers.includes(form))

/** `left` says whether the request left rows behind. */
const judged = (
  sent: Sent,
  { status, headers, body }: Got,
  document: Document,
  { responses, path }: Operation,
  left: boolean,
) => {
  expect(status, body).toBeLessThan(500)
  expect([...Object.keys(responses), ...alwaysPossible], body).toContain(String(status))
  const isOfOperation = isPathOf(path, sent.target) && !isOfHttpItself(status, body)
  if (isOfOperation && /^application\/json\b(?!l)/.test(headers["content-type"] ?? "")) {
    expect(isAsDescribed(document, responses, status, JSON.parse(body)), `${status} ${body}`).toBe(true)
  }
  expect(headers["x-injected"]).toBeUndefined()
  expect(headers["set-cookie"] ?? "").not.toContain("stolen")
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("polluted")
  if (isForeign(sent)) expect(status, body).toBe(422)
  if (!isNo(status)) return
  const no = JSON.parse(body)
  expect(no).toMatchObject({ ok: false, reason: expect.stringMatching(/^[A-Z][A-Z0-9_]*$/) })
  expect(no.message).toMatch(/\S/)
  expect(body).not.toMatch(/\bat .*\.[tj]s:\d+|node_modules|SELECT |postgres/i)
  // What the machine says no to may well be a step of the checkout; everything else is nothing.
  if (no.at === undefined) expect(left, `${sent.method} ${sent.target} ${status} ${body}`).toBe(false)
}

describe("whatever is sent", () => {
  it.layer(shop({ ADMIN_TOKEN: token, ...still }), { excludeTestServices: true })((it) => {
    it.effect(
      "to every operation of the OpenAPI document is answered as the contract says",
      () =>
        Effect.gen(function* () {
          const { call, url } = yield* Shop
          const port = Number(new URL(url).port)
          const rowCounts = yield* countingRows
          const document: Document = (yield* call("GET", "/openapi.json")).body
          const values = yield* known
          const operations = operationsOf(document)
          expect(operations.length).toBeGreaterThanOrEqual(16)
          const answers: Record<string, number> = {}
          let stored = yield* Effect.promise(rowCounts)
          for (const operation of operations) {
            const proof = [operation.security.length > 0 ? bearer : buyer]
            for (const place of placesIn(operation)) {
              yield* Effect.promise(() =>
                fc.assert(
                  fc.asyncProperty(requestsTo(operation, values, proof, place), async (sent) => {
                    const got = await send(port, sent)
                    const before = stored
                    stored = await rowCounts()
                    judged(sent, got, document, operation, JSON.stringify(before) !== JSON.stringify(stored))
                    answers[got.status] = (answers[got.status] ?? 0) + 1
                  }),
                  { numRuns: runs, seed: inject("seed") },
                ),
              )
            }
            expect((yield* call("GET", "/readyz")).status).toBe(200)
          }
          console.info(
            `fuzzed ${operations.length} operations, seed ${inject("seed")}: ${JSON.stringify(answers)}`,
          )
          // Some of it got past the door, or nothing behind it was tried.
          expect(answers["200"]).toBeGreaterThan(runs)
          expect(answers["422"]).toBeGreaterThan(runs)
        }),
      // Some hundredths of a second for each request, on a machine that others use too.
      60_000 + runs * 10_000,
    )
  })
})
