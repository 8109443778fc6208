import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { expect } from "vitest"
import { consoleHeader } from "../../server/http/admin/cookie.ts"
import { send } from "../fuzz/wire.ts"
import { Database, Shop, shop } from "../support/server.ts"
import { as, cookieIn, lines, signIn, tokens, tokensFile, withCookie } from "./people.ts"

const live = { excludeTestServices: true }

const mini = "https://mini.example"

const office = Layer.unwrap(
  Effect.map(tokensFile(lines.kim, lines.lee), (file) =>
    shop({
      ADMIN_TOKEN: tokens.admin,
      ADMIN_TOKENS_FILE: file,
      ALLOWED_ORIGINS: mini,
      RATE_LIMIT_PER_MINUTE: "50",
    }),
  ),
)

/** Another server over the same database, with these settings and nothing else in common. */
const beside = (env: Record<string, string>) =>
  Effect.gen(function* () {
    const { DATABASE_URL = "" } = (yield* Shop).env
    const apart = yield* Layer.makeMemoMap
    return yield* Layer.buildWithMemoMap(shop({ ...env, DATABASE_URL }), apart, yield* Effect.scope)
  })

describe("a session of the console", () => {
  it.layer(
    office,
    live,
  )((it) => {
    it.effect(
      "is opened by a token, kept in a cookie that no script can read, and good for a working day",
      () =>
        Effect.gen(function* () {
          const answer = yield* signIn(tokens.kim)
          expect(answer.status).toBe(200)
          expect(answer.body).toMatchObject({ name: "Kim", role: "read" })
          const hours = (Date.parse(answer.body.expiresAt) - Date.now()) / 3_600_000
          expect(hours).toBeGreaterThan(7)
          expect(hours).toBeLessThan(9)
          expect(answer.headers.get("set-cookie")).toMatch(
            /^checkout-console=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
          )
          const cookie = cookieIn(answer)
          expect((yield* withCookie(cookie, "GET", "/session")).body).toEqual(answer.body)
          expect((yield* withCookie(cookie, "GET", "/checkouts")).status).toBe(200)
          expect((yield* withCookie(cookie, "POST", "/checkouts/none/refund", { reason: "no" })).status).toBe(
            403,
          )
        }),
    )

    it.effect("is secure, for this very host, wherever it is not plain HTTP on one's own machine", () =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const cookieFor = (host: string, more: ReadonlyArray<readonly [string, string]> = []) =>
          Effect.promise(async () => {
            const headers = [["content-type", "application/json"], [consoleHeader, "1"], ...more] as const
            const body = JSON.stringify({ token: tokens.kim })
            const target = "/admin/api/session"
            const sent = { method: "POST", target, headers, body, isChunked: false, host }
            return (await send(Number(new URL(url).port), sent)).headers["set-cookie"] ?? ""
          })
        for (const host of ["pay.example.com", "10.0.0.7:3000", "localhost.example.com"]) {
          expect(yield* cookieFor(host), host).toMatch(/^__Host-checkout-console=.*Path=\/;.*; Secure/)
        }
        expect(yield* cookieFor("localhost", [["x-forwarded-proto", "https"]])).toMatch(/^__Host-.*; Secure/)
        for (const host of ["localhost:3000", "127.0.0.1", "[::1]:3000"]) {
          expect(yield* cookieFor(host), host).toMatch(/^checkout-console=(?!.*(Secure|__Host))/)
        }
        for (const host of ["127.0.0.1@x", "x/127.0.0.1"]) expect(yield* cookieFor(host), host).toBe("")
      }),
    )

    it.effect("cannot be used, opened or ended by a page of another site", () =>
      Effect.gen(function* () {
        const { call, url } = yield* Shop
        const cookie = cookieIn(yield* signIn(tokens.lee))
        const get = (headers: Record<string, string>) =>
          call("GET", "/admin/api/alerts", undefined, { headers: { cookie, ...headers } })
        expect((yield* get({})).status).toBe(401)
        expect((yield* get({ [consoleHeader]: "2" })).status).toBe(401)
        const forged = yield* call(
          "POST",
          "/admin/api/checkouts/none/refund",
          { reason: "x" },
          { headers: { cookie } },
        )
        expect(forged.status).toBe(401)
        const form = { "content-type": "application/x-www-form-urlencoded", [consoleHeader]: "1" }
        expect(
          (yield* call("POST", "/admin/api/session", `token=${tokens.lee}`, { headers: form })).status,
        ).toBe(422)
        const opened = yield* signIn(tokens.lee, {})
        expect([opened.status, opened.headers.get("set-cookie")]).toEqual([422, null])
        // Even an origin that may call the payment API is not let to send the console's header, or cookies.
        const preflight = yield* Effect.promise(() =>
          fetch(`${url}/admin/api/session`, {
            method: "OPTIONS",
            headers: {
              origin: mini,
              "access-control-request-method": "POST",
              "access-control-request-headers": consoleHeader,
            },
          }),
        )
        expect(preflight.headers.get("access-control-allow-origin")).toBe(mini)
        expect(preflight.headers.get("access-control-allow-headers")).not.toContain(consoleHeader)
        expect(preflight.headers.get("access-control-allow-credentials")).toBeNull()
        expect((yield* withCookie(cookie, "GET", "/session")).status).toBe(200)
      }),
    )

    it.effect("is opened by no wrong token, and who guesses on is refused", () =>
      Effect.gen(function* () {
        const cookie = cookieIn(yield* signIn(tokens.kim))
        for (const token of ["", "kim", `${tokens.kim} `, tokens.kim.toUpperCase()]) {
          const refused = yield* signIn(token)
          expect([refused.status, refused.body.reason]).toEqual([401, "UNAUTHENTICATED"])
          expect(refused.headers.get("set-cookie")).toBeNull()
        }
        let last = yield* signIn("wrong")
        for (let guess = 0; guess < 60 && last.status === 401; guess += 1) last = yield* signIn("wrong")
        expect([last.status, last.body.reason]).toEqual([429, "RATE_LIMITED"])
        expect((yield* signIn(tokens.kim)).status).toBe(429)
        // And so is everybody else of that address, who shares it.
        expect((yield* withCookie(cookie, "GET", "/session")).status).toBe(429)
      }),
    )
  })

  it.live("is known to every server over the database, and ended on all of them", () =>
    Effect.gen(function* () {
      const other = yield* beside({ ADMIN_TOKEN: tokens.admin })
      const there = <A, E>(effect: Effect.Effect<A, E, Shop>) =>
        Effect.provideService(effect, Shop, Context.get(other, Shop))
      const cookie = cookieIn(yield* signIn(tokens.admin))
      expect((yield* there(withCookie(cookie, "GET", "/session"))).body).toMatchObject({
        name: null,
        role: "all",
      })
      const second = cookieIn(yield* there(signIn(tokens.admin)))
      const out = yield* there(withCookie(cookie, "DELETE", "/session"))
      expect(out.status).toBe(200)
      expect(out.headers.get("set-cookie")).toMatch(
        /^checkout-console=; Max-Age=0;.*Expires=Thu, 01 Jan 1970/,
      )
      for (const ended of [
        withCookie(cookie, "GET", "/session"),
        there(withCookie(cookie, "GET", "/session")),
      ]) {
        expect((yield* ended).status).toBe(401)
      }
      expect((yield* withCookie(second, "GET", "/session")).status).toBe(200)
      expect((yield* as("admin", "DELETE", "/session")).status).toBe(200)
      expect((yield* withCookie(second, "GET", "/session")).status).toBe(200)
    }).pipe(Effect.scoped, Effect.provide(shop({ ADMIN_TOKEN: tokens.admin }))),
  )

  it.live("ends with the token that opened it, and with its time", () =>
    Effect.gen(function* () {
      const cookie = cookieIn(yield* signIn(tokens.kim))
      const without = yield* beside({ ADMIN_TOKENS_FILE: yield* tokensFile(lines.lee) })
      const there = withCookie(cookie, "GET", "/session").pipe(
        Effect.provideService(Shop, Context.get(without, Shop)),
      )
      expect((yield* withCookie(cookie, "GET", "/session")).status).toBe(200)
      expect((yield* there).status).toBe(401)
      const sql = yield* Database
      yield* Effect.promise(() => sql`UPDATE admin_session SET expires_at = clock_timestamp()`)
      expect((yield* withCookie(cookie, "GET", "/session")).status).toBe(401)
      // What is over goes when the next one is opened.
      yield* signIn(tokens.kim)
      expect(yield* Effect.promise(() => sql`SELECT count(*)::int AS n FROM admin_session`)).toEqual([
        { n: 1 },
      ])
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.unwrap(Effect.map(tokensFile(lines.kim), (file) => shop({ ADMIN_TOKENS_FILE: file }))),
      ),
    ),
  )
})
