/** Bearer tokens under rotating keys: a real server of key sets, real keys, and a clock that the test moves. */

import { describe, it } from "@effect/vitest"
import { Effect, References, type Scope } from "effect"
import { base64url, type JWK, SignJWT } from "jose"
import { expect, vi } from "vitest"
import type { Refusal, Unavailable } from "../../server/errors.ts"
import { Authenticator } from "../../server/identity/authenticator.ts"
import { believedMs, cacheMs, cooldownMs, pauseMs } from "../../server/identity/keySet.ts"
import { type Claims, inSeconds, keyServer, signingKey, tokenOf } from "../support/keyServer.ts"
import { withLog } from "../support/logged.ts"
import { Shop, shop } from "../support/server.ts"

type Verdict = "user-1" | Refusal["reason"] | Unavailable["what"]

/** A provider with one key, `old`, and what the server says of a token. */
const provider = Effect.gen(function* () {
  const server = yield* keyServer
  const old = yield* Effect.promise(() => signingKey("old"))
  server.keys = [old]
  const authentication = {
    mode: "jwt",
    audience: "the-shop",
    issuer: null,
    keys: { jwksUrl: server.url },
  } as const
  const { userKeyOf } = yield* Effect.provide(Authenticator, Authenticator.layer(authentication))
  const verdict = (token: string) =>
    userKeyOf({ authorization: `Bearer ${token}` }).pipe(
      Effect.catchTag("Refusal", ({ reason }) => Effect.succeed(reason)),
      Effect.catchTag("Unavailable", ({ what }) => Effect.succeed(what)),
    ) as Effect.Effect<Verdict>
  const verdictOn = (key: typeof old, claims?: Claims) =>
    Effect.flatMap(
      Effect.promise(() => tokenOf(key, claims)),
      verdict,
    )
  return { server, old, verdict, verdictOn }
})

/** The wall clock stands still until it is moved; timers go on, because a real network is waited for. */
const clock = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() })),
    () => Effect.sync(() => vi.useRealTimers()),
  ),
  () => ({ pass: (ms: number) => Effect.sync(() => void vi.setSystemTime(Date.now() + ms)) }),
)

/** What is warned of is printed nowhere, unless the law listens. */
const law = <E>(name: string, run: Effect.Effect<unknown, E, Scope.Scope>) =>
  it.live(name, () => Effect.asVoid(run).pipe(Effect.provideService(References.MinimumLogLevel, "None")))

describe("a set of keys", () => {
  law(
    "is fetched once for many requests, even when they come at the same moment",
    Effect.gen(function* () {
      const { server, old, verdictOn } = yield* provider
      const together = Array.from({ length: 20 }, () => verdictOn(old))
      expect(new Set(yield* Effect.all(together, { concurrency: "unbounded" }))).toEqual(new Set(["user-1"]))
      expect(yield* verdictOn(old)).toBe("user-1")
      expect(server.fetches).toBe(1)
    }),
  )

  law(
    "is fetched again for a key that is new, at once where it was not fetched a moment ago",
    Effect.gen(function* () {
      const { server, old, verdictOn } = yield* provider
      const { pass } = yield* clock
      expect(yield* verdictOn(old)).toBe("user-1")
      const fresh = yield* Effect.promise(() => signingKey("new", "RS256"))
      server.keys = [old, fresh]
      yield* pass(cooldownMs)
      expect(yield* verdictOn(fresh)).toBe("user-1")
      expect(yield* verdictOn(old)).toBe("user-1")
      expect(server.fetches).toBe(2)
    }),
  )

  law(
    "is not fetched at a stranger's will",
    Effect.gen(function* () {
      const { server, old, verdictOn } = yield* provider
      const { pass } = yield* clock
      const forged = yield* Effect.promise(() => signingKey("unheard-of"))
      expect(yield* verdictOn(old)).toBe("user-1")
      for (let index = 0; index < 5; index += 1) expect(yield* verdictOn(forged)).toBe("UNAUTHENTICATED")
      expect(server.fetches).toBe(1)
      yield* pass(cooldownMs)
      for (let index = 0; index < 5; index += 1) expect(yield* verdictOn(forged)).toBe("UNAUTHENTICATED")
      expect(server.fetches).toBe(2)
    }),
  )

  law(
    "no longer has a key that left it, once it is too old to be believed",
    Effect.gen(function* () {
      const { server, old, verdictOn } = yield* provider
      const { pass } = yield* clock
      expect(yield* verdictOn(old)).toBe("user-1")
      server.keys = [yield* Effect.promise(() => signingKey("new"))]
      yield* pass(cacheMs - 1)
      expect(yield* verdictOn(old)).toBe("user-1")
      yield* pass(1)
      expect(yield* verdictOn(old)).toBe("UNAUTHENTICATED")
    }),
  )

  law(
    "has one key per name: the same name with another key is another signature",
    Effect.gen(function* () {
      const { old, verdictOn } = yield* provider
      const impostor = yield* Effect.promise(() => signingKey("old"))
      expect(yield* verdictOn(old)).toBe("user-1")
      expect(yield* verdictOn(impostor)).toBe("UNAUTHENTICATED")
    }),
  )
})

describe("a key that cannot be used", () => {
  const spoilt: Readonly<Record<string, JWK>> = {
    "a curve that nobody knows": { kty: "OKP", alg: "EdDSA", crv: "Ed1", x: "AAAA" },
    "a point that is not on the curve": { kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA" },
    "half of a point": { kty: "EC", crv: "P-256", x: "AAAA" },
    "numbers that are no Base64": { kty: "EC", crv: "P-256", x: "!", y: "?" },
    "another algorithm than its kind has": { kty: "RSA", n: "AAAA", e: "AQAB" },
  }

  for (const [how, jwk] of Object.entries(spoilt)) {
    law(
      `proves nothing, and the set is there and its other keys are good (${how})`,
      Effect.gen(function* () {
        const { server, old, verdictOn } = yield* provider
        const alg = jwk.alg ?? old.alg
        const key = yield* Effect.promise(() => signingKey("spoilt", alg))
        server.keys = [old, { ...key, jwk: { alg, ...jwk, kid: "spoilt" } }]
        for (let index = 0; index < 3; index += 1) expect(yield* verdictOn(key)).toBe("UNAUTHENTICATED")
        expect(yield* verdictOn(old)).toBe("user-1")
        expect(server.fetches).toBe(1)
      }),
    )
  }

  law(
    "is named in the log, once for each set that it is in",
    withLog((lines) =>
      Effect.gen(function* () {
        const { server, old, verdictOn } = yield* provider
        const { pass } = yield* clock
        server.keys = [{ ...old, jwk: { ...old.jwk, x: "AAAA" } }]
        for (let index = 0; index < 3; index += 1) yield* verdictOn(old)
        const named = () =>
          lines.filter((line) => line.includes("the key old of AUTH_JWKS_URL cannot be used"))
        expect(named()).toHaveLength(1)
        yield* pass(cacheMs)
        for (let index = 0; index < 3; index += 1) yield* verdictOn(old)
        expect(named()).toHaveLength(2)
      }),
    ),
  )
})

describe("a key server that is away", () => {
  for (const answer of ["error", "nonsense", "cut"] as const) {
    law(
      `is not the caller's fault (${answer}), and is asked again once it may be back`,
      Effect.gen(function* () {
        const { server, old, verdictOn } = yield* provider
        const { pass } = yield* clock
        server.answer = answer
        for (let index = 0; index < 3; index += 1) expect(yield* verdictOn(old)).toBe("AUTHENTICATION")
        expect(server.fetches).toBe(1)
        server.answer = "set"
        yield* pass(pauseMs)
        expect(yield* verdictOn(old)).toBe("user-1")
      }),
    )
  }

  law(
    "is not noticed by who signed with a key that is known, until what is known is too old",
    Effect.gen(function* () {
      const { server, old, verdictOn } = yield* provider
      const { pass } = yield* clock
      expect(yield* verdictOn(old)).toBe("user-1")
      server.answer = "cut"
      yield* pass(cacheMs)
      expect(yield* verdictOn(old)).toBe("user-1")
      const fresh = yield* Effect.promise(() => signingKey("new"))
      expect(yield* verdictOn(fresh)).toBe("AUTHENTICATION")
      expect(server.fetches).toBe(2)
      yield* pass(believedMs - cacheMs - 1)
      expect(yield* verdictOn(old)).toBe("user-1")
      yield* pass(1)
      expect(yield* verdictOn(old)).toBe("AUTHENTICATION")
    }),
  )

  law(
    "is a 503 with Retry-After over HTTP",
    Effect.gen(function* () {
      const server = yield* keyServer
      const key = yield* Effect.promise(() => signingKey("only"))
      server.keys = [key]
      const ask = Effect.gen(function* () {
        const token = yield* Effect.promise(() => tokenOf(key))
        const headers = { authorization: `Bearer ${token}` }
        return yield* (yield* Shop).call("GET", "/api/payment/orders", undefined, { headers })
      })
      const env = { AUTH_MODE: "jwt", AUTH_JWKS_URL: server.url, AUTH_JWT_AUDIENCE: "the-shop" }
      yield* Effect.gen(function* () {
        server.answer = "cut"
        const away = yield* ask
        expect(away.status).toBe(503)
        expect(away.body).toMatchObject({ ok: false, reason: "AUTHENTICATION_UNAVAILABLE" })
        expect(away.headers.get("retry-after")).toBe("5")
        server.answer = "set"
        const { pass } = yield* clock
        yield* pass(pauseMs)
        expect((yield* ask).status).toBe(200)
      }).pipe(Effect.provide(shop(env)))
    }),
  )
})

describe("a token", () => {
  law(
    "may come from a clock that is half a minute off, and from no worse one",
    Effect.gen(function* () {
      const { old, verdictOn } = yield* provider
      yield* clock
      expect(yield* verdictOn(old, { exp: inSeconds(-29) })).toBe("user-1")
      expect(yield* verdictOn(old, { exp: inSeconds(-30) })).toBe("UNAUTHENTICATED")
      expect(yield* verdictOn(old, { nbf: inSeconds(30) })).toBe("user-1")
      expect(yield* verdictOn(old, { nbf: inSeconds(31) })).toBe("UNAUTHENTICATED")
    }),
  )

  law(
    "is for this shop, of somebody, and for a time",
    Effect.gen(function* () {
      const { old, verdictOn } = yield* provider
      expect(yield* verdictOn(old, { aud: ["another-shop", "the-shop"] })).toBe("user-1")
      for (const claims of [
        { aud: "another-shop" },
        { aud: undefined },
        { sub: undefined },
        { sub: "" },
        { sub: "a b" },
        { sub: "x".repeat(201) },
        { exp: undefined },
        { exp: "never" },
      ]) {
        expect(yield* verdictOn(old, claims), JSON.stringify(claims)).toBe("UNAUTHENTICATED")
      }
    }),
  )

  law(
    "is signed, with the algorithm of its key: neither unsigned nor with a public key as a shared secret",
    Effect.gen(function* () {
      const { server, verdict, verdictOn } = yield* provider
      const rsa = yield* Effect.promise(() => signingKey("rsa", "RS256"))
      const { alg: _, ...anyAlgorithm } = rsa.jwk
      // A good key of the set, but with an algorithm that nobody here asked for.
      const unasked = yield* Effect.promise(() => signingKey("unasked", "RS512"))
      server.keys = [{ ...rsa, jwk: anyAlgorithm }, unasked]
      expect(yield* verdictOn(rsa)).toBe("user-1")
      const claims = { sub: "user-1", aud: "the-shop", exp: inSeconds(300) }
      const encoded = (value: unknown) => base64url.encode(JSON.stringify(value))
      for (const secret of [rsa.pem, JSON.stringify(rsa.jwk), rsa.jwk.n ?? ""]) {
        const confused = new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "rsa" })
        expect(yield* verdict(yield* Effect.promise(() => confused.sign(Buffer.from(secret))))).toBe(
          "UNAUTHENTICATED",
        )
      }
      for (const alg of ["none", "None", "HS256", "RS1", "RS512", "__proto__"]) {
        const unsigned = `${encoded({ alg, kid: "rsa" })}.${encoded(claims)}.`
        expect(yield* verdict(unsigned), alg).toBe("UNAUTHENTICATED")
      }
      expect(yield* verdictOn(unasked)).toBe("UNAUTHENTICATED")
    }),
  )
})
