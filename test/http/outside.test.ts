import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type JWTPayload, SignJWT } from "jose"
import postgres from "postgres"
import { expect } from "vitest"
import { largestBodyBytes } from "../../server/http/gate.ts"
import { postgresUrl } from "../support/database.ts"
import { Database, Shop, shop, TossPaySimulator } from "../support/server.ts"

const create = "/api/payment/create"
const live = { excludeTestServices: true }

describe("a database that goes away and comes back", () => {
  it.layer(
    shop(),
    live,
  )((it) => {
    it.effect("is a 503 with Retry-After meanwhile, and nothing is lost", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const sql = yield* Database
        const name = (yield* Effect.promise(() => sql`SELECT current_database() AS name`))[0]?.["name"]
        const before = yield* shop.call("POST", create, { amount: 500 })
        const admin = postgres(postgresUrl(), { max: 1 })
        yield* Effect.promise(async () => {
          await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
          await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`
        })
        for (const answer of [
          yield* shop.call("POST", create, { amount: 500 }),
          yield* shop.call("GET", `/api/payment/orders/${before.body.orderId}`),
          yield* shop.call("POST", "/api/payment/execute", { payToken: before.body.payToken }),
        ]) {
          expect(answer.status).toBe(503)
          expect(answer.body).toMatchObject({ ok: false, reason: "DATABASE_UNAVAILABLE" })
          expect(answer.headers.get("retry-after")).toBeTruthy()
        }
        expect((yield* shop.call("GET", "/readyz")).status).toBe(503)
        expect((yield* shop.call("GET", "/healthz")).status).toBe(200)
        yield* Effect.promise(async () => {
          await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
          await admin.end()
        })
        const read = shop.call("GET", `/api/payment/orders/${before.body.orderId}`)
        const back = yield* Effect.repeat(read, { until: (answer) => answer.status === 200, times: 200 })
        expect(back.body).toMatchObject({ orderId: before.body.orderId, state: "minted" })
      }),
    )
  })
})

describe("bearer tokens", () => {
  const secret = "a shared secret that is long enough to be one"
  const issuer = "https://login.example"
  const env = {
    AUTH_MODE: "jwt",
    AUTH_JWT_SECRET: secret,
    AUTH_JWT_AUDIENCE: "the-shop",
    AUTH_JWT_ISSUER: issuer,
  }
  const key = new TextEncoder().encode(secret)
  const bare = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader({ alg: "HS256" })
  interface Parts {
    readonly sub: string
    readonly aud: string
    readonly iss: string
    readonly exp: string
    readonly key: Uint8Array
    readonly alg: string
  }
  const token = (over: Partial<Parts> = {}) =>
    Effect.promise(() =>
      new SignJWT({})
        .setProtectedHeader({ alg: over.alg ?? "HS256" })
        .setSubject(over.sub ?? "user-1")
        .setAudience(over.aud ?? "the-shop")
        .setIssuer(over.iss ?? issuer)
        .setExpirationTime(over.exp ?? "5m")
        .sign(over.key ?? key),
    )

  it.layer(
    shop(env),
    live,
  )((it) => {
    const call = (bearer: string) =>
      Effect.flatMap(Shop, (shop) =>
        shop.call("GET", "/api/payment/orders", undefined, {
          headers: { authorization: `Bearer ${bearer}` },
        }),
      )

    it.effect("prove who calls; the header that dev mode trusts means nothing", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        expect((yield* call(yield* token())).status).toBe(200)
        const unproven = yield* shop.call("GET", "/api/payment/orders", undefined, { as: "user-1" })
        expect(unproven.status).toBe(401)
        expect(unproven.body).toMatchObject({ ok: false, reason: "UNAUTHENTICATED" })
      }),
    )

    it.effect("are refused when they are wrong in any way", () =>
      Effect.gen(function* () {
        const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(
          '{"sub":"user-1","aud":"the-shop","iss":"https://login.example","exp":9999999999}',
        ).toString("base64url")}.`
        for (const bearer of [
          yield* token({ aud: "another-shop" }),
          yield* token({ iss: "https://elsewhere.example" }),
          yield* token({ exp: "-5m" }),
          yield* token({ key: new TextEncoder().encode("another secret that is long enough too") }),
          yield* token({ alg: "HS512" }),
          yield* token({ sub: "" }),
          yield* Effect.promise(() => bare({ sub: "user-1", aud: "the-shop", iss: issuer }).sign(key)),
          yield* Effect.promise(() => bare({ aud: "the-shop", iss: issuer, exp: 9_999_999_999 }).sign(key)),
          unsigned,
          "nonsense",
        ]) {
          expect((yield* call(bearer)).status).toBe(401)
        }
      }),
    )
  })
})

describe("other origins", () => {
  const preflight = (origin: string) =>
    Effect.flatMap(Shop, ({ url }) =>
      Effect.promise(() =>
        fetch(`${url}${create}`, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,idempotency-key",
          },
        }),
      ),
    )

  it.layer(
    shop({ ALLOWED_ORIGINS: "https://a.example, https://b.example" }),
    live,
  )((it) => {
    it.effect("may call when they are listed, and only then", () =>
      Effect.gen(function* () {
        const good = yield* preflight("https://b.example")
        expect(good.headers.get("access-control-allow-origin")).toBe("https://b.example")
        expect(good.headers.get("access-control-allow-headers")).toContain("idempotency-key")
        const bad = yield* preflight("https://c.example")
        expect(bad.headers.get("access-control-allow-origin")).not.toBe("https://c.example")
      }),
    )

    it.effect.each([
      ["too large", 413, create, "x".repeat(largestBodyBytes + 1)],
      ["malformed", 422, create, "{"],
      ["to nowhere", 404, "/api/nowhere", "{}"],
    ] as const)("read what is said of a request that is %s: %i", ([, status, path, body]) =>
      Effect.gen(function* () {
        const { call } = yield* Shop
        const answer = yield* call("POST", path, body, { headers: { origin: "https://a.example" } })
        expect(answer.status).toBe(status)
        expect(answer.headers.get("access-control-allow-origin")).toBe("https://a.example")
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
      }),
    )
  })
})

describe("what people and programs are told", () => {
  it.layer(
    shop(),
    live,
  )((it) => {
    it.effect("is in their language", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const say = (language: string) =>
          shop.call("GET", "/api/payment/orders/none", undefined, {
            headers: { "accept-language": language },
          })
        expect((yield* say("ko-KR,ko;q=0.9")).body.message).toBe("주문을 찾을 수 없어요.")
        expect((yield* say("en-GB")).body.message).toBe("This order does not exist.")
      }),
    )

    it.effect("is described by an OpenAPI document and a reference page", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const { body } = yield* shop.call("GET", "/openapi.json")
        expect(
          Object.keys(body.paths)
            .filter((path) => path.startsWith("/api/"))
            .sort(),
        ).toEqual([
          "/api/payment/authentication",
          "/api/payment/create",
          "/api/payment/execute",
          "/api/payment/orders",
          "/api/payment/orders/{orderId}",
        ])
        expect(Object.keys(body.paths["/api/payment/execute"].post.responses)).toEqual(
          expect.arrayContaining(["200", "202", "400", "401", "404", "422", "503"]),
        )
        expect((yield* shop.call("GET", "/docs")).status).toBe(200)
      }),
    )

    it.effect("a toss user key is nowhere in the database as it is", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const sql = yield* Database
        const canary = "canary-user-key-4711"
        const { payToken } = (yield* shop.call("POST", create, { amount: 500 }, { as: canary })).body
        yield* shop.sheet(payToken, "approve")
        yield* shop.call("POST", "/api/payment/execute", { payToken }, { as: canary })
        // The bank does see it: it belongs to every call.
        expect(JSON.stringify(yield* (yield* TossPaySimulator).payments)).toContain(canary)
        for (const table of ["checkout", "checkout_event", "checkout_claim", "payer"]) {
          const rows = yield* Effect.promise(() => sql.unsafe(`SELECT t::text AS text FROM ${table} t`))
          expect(rows.length + Number(table === "checkout_claim")).toBeGreaterThan(0)
          for (const row of rows) {
            expect(row["text"]).not.toContain(canary)
            expect(row["text"]).not.toContain(Buffer.from(canary).toString("hex"))
          }
        }
      }),
    )
  })
})
