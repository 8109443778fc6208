import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { Database, Shop, shop } from "../support/server.ts"

const amounts = [0, -1, 1.5, 12_345_678, "5000", null, true, [], {}]
const strings = [
  "\u0000",
  "a\u0000b",
  "\ud800",
  "",
  "   ",
  "🙈",
  "x".repeat(5000),
  "'; DROP TABLE checkout; --",
]

const stored = Effect.flatMap(Database, (sql) =>
  Effect.promise(async () => (await sql`SELECT count(*)::int AS n FROM checkout_event`)[0]?.["n"] as number),
)

describe("bad input is refused, and nothing of it is stored", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    const refuses = (
      name: string,
      path: string,
      body: unknown,
      statuses: ReadonlyArray<number>,
      headers = {},
    ) =>
      it.effect(name, () =>
        Effect.gen(function* () {
          const shop = yield* Shop
          const before = yield* stored
          const answer = yield* shop.call("POST", path, body, { headers })
          expect(statuses, JSON.stringify(answer.body)).toContain(answer.status)
          expect(answer.body).toMatchObject({ ok: false })
          expect(answer.body.reason).toMatch(/^[A-Z_]+$/)
          expect(answer.body.message).toBeTruthy()
          expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.ts:\d+/)
          expect(yield* stored).toBe(before)
        }),
      )

    const create = "/api/payment/create"
    for (const amount of amounts) refuses(`an amount of ${JSON.stringify(amount)}`, create, { amount }, [422])
    refuses("an amount that JSON calls infinite", create, '{"amount":1e309}', [422])
    refuses("an amount of NaN", create, '{"amount":NaN}', [422])
    refuses("an amount outside the open product's bounds", create, { amount: 99 }, [422])
    refuses("an unknown product", create, { items: [{ sku: "gold", quantity: 1 }] }, [422])
    refuses("no items", create, { items: [] }, [422])
    refuses(
      "10,000 items",
      create,
      { items: Array.from({ length: 10_000 }, () => ({ sku: "coffee", quantity: 1 })) },
      [413, 422],
    )
    refuses("a total above seven digits", create, { items: [{ sku: "book", quantity: 999 }] }, [422])
    for (const quantity of [0, -1, 1.5, "1", 1e9]) {
      refuses(`a quantity of ${quantity}`, create, { items: [{ sku: "coffee", quantity }] }, [422])
    }
    refuses("neither items nor amount", create, {}, [422])
    refuses("null", create, "null", [422])
    refuses("an array", create, "[]", [422])
    refuses("broken JSON", create, '{"amount":', [422])
    refuses("an empty body", create, "", [422])
    refuses("another content type", create, '{"amount":500}', [422], { "content-type": "text/plain" })
    refuses("a form", create, "amount=500", [422], { "content-type": "application/x-www-form-urlencoded" })
    for (const encoding of ["gzip", "br", "deflate", "GZIP", "identity, gzip", "gzip, identity", "none"]) {
      refuses(`a body encoded by ${encoding}`, create, { amount: 500 }, [422], {
        "content-encoding": encoding,
      })
    }
    for (const charset of ["utf-16", "iso-8859-1", '"euc-kr"', "us-ascii", "utf-8; charset=utf-7", ""]) {
      refuses(`a body in charset=${charset}`, create, { amount: 500 }, [422], {
        "content-type": `application/json; charset=${charset}`,
      })
    }
    refuses("a body of 1 MB", create, JSON.stringify({ amount: 500, pad: "x".repeat(1_000_000) }), [413])
    refuses("deep nesting", create, "[".repeat(20_000) + "]".repeat(20_000), [422, 413])
    refuses("an idempotency key with spaces", create, { amount: 500 }, [422], { "idempotency-key": "a b" })
    for (const text of strings) {
      refuses(
        `the payToken ${JSON.stringify(text.slice(0, 20))}`,
        "/api/payment/execute",
        { payToken: text },
        [404, 422],
      )
      refuses(
        `the sku ${JSON.stringify(text.slice(0, 20))}`,
        create,
        { items: [{ sku: text, quantity: 1 }] },
        [422],
      )
    }
    refuses("a reference with NUL", create, { amount: 500, reference: "a\u0000" }, [422])
    refuses("a blank reference", create, { amount: 500, reference: "  " }, [422])
    refuses(
      "an outcome that does not exist",
      "/api/payment/authentication",
      { payToken: "T", outcome: "paid" },
      [422],
    )
    refuses("an unknown token", "/api/payment/execute", { payToken: "nobody-has-this" }, [404])
    refuses("a prototype", create, '{"__proto__":{"amount":500}}', [422])

    it.effect("a body of 1 MB without a length", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const answer = yield* Effect.promise(async () => {
          const stream = new ReadableStream({
            start(controller) {
              for (let index = 0; index < 16; index += 1)
                controller.enqueue(new TextEncoder().encode("x".repeat(65_536)))
              controller.close()
            },
          })
          const reply = await fetch(`${shop.url}${create}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: stream,
            duplex: "half",
          } as RequestInit)
          return { status: reply.status, body: await reply.json() }
        })
        expect(answer.status).toBe(413)
        expect(answer.body).toMatchObject({ ok: false, reason: "BODY_TOO_LARGE" })
      }),
    )

    it.effect.each([
      ["content-type", "application/json; charset=utf-8"],
      ["content-type", "application/json;charset=UTF-8"],
      ["content-type", 'application/json; charset="Utf-8"; profile=x'],
      ["content-encoding", "identity"],
      ["content-encoding", "Identity"],
    ] as const)("a body that says in so many words what every body is, is fine: %s %s", ([name, value]) =>
      Effect.gen(function* () {
        const { call } = yield* Shop
        const answer = yield* call(
          "POST",
          create,
          { amount: 500, reference: `주문 ${value}` },
          { headers: { [name]: value } },
        )
        expect(answer.status).toBe(201)
      }),
    )

    it.effect("emoji and Korean in a reference are fine", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const answer = yield* shop.call("POST", create, { amount: 500, reference: "주문 🙈 1" })
        expect(answer.status).toBe(201)
      }),
    )

    it.effect.each(["%00", "%F0%9F%99%88", "..%2f..%2fetc", "x".repeat(3000), "test-1%20OR%201=1"])(
      "the order id %s is answered without a crash",
      (id) =>
        Effect.gen(function* () {
          const shop = yield* Shop
          const answer = yield* shop.call("GET", `/api/payment/orders/${id}`)
          expect([404, 422]).toContain(answer.status)
        }),
    )

    it.effect("a cursor that nobody gave out", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const forged = [
          "2026-99-99T99:99:99.000Z 00000000-0000-0000-0000-000000000000",
          `2026-01-01T00:00:00.000Z ${"-".repeat(36)}`,
        ].map((text) => Buffer.from(text).toString("base64url"))
        for (const cursor of ["x", "AAAA", "%00", "🙈", ...forged]) {
          const answer = yield* shop.call("GET", `/api/payment/orders?cursor=${encodeURIComponent(cursor)}`)
          expect(answer.status).toBe(422)
        }
        for (const limit of ["0", "101", "1.5", "x", "-1"]) {
          expect((yield* shop.call("GET", `/api/payment/orders?limit=${limit}`)).status).toBe(422)
        }
      }),
    )

    it.effect("a user key that no header may carry is refused as unauthenticated", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const answer = yield* shop.call("POST", create, { amount: 500 }, { as: "a b" })
        expect(answer.status).toBe(401)
        expect(answer.body).toMatchObject({ ok: false, reason: "UNAUTHENTICATED" })
      }),
    )
  })
})
