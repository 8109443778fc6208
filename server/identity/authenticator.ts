/** Who is calling. In dev mode the caller says so itself; otherwise a bearer token proves it and `sub` is the toss user key. */

import { Context, Effect, Layer, Redacted } from "effect"
import { type JWTVerifyGetKey, jwtVerify } from "jose"
import { Refusal, Unavailable } from "../errors.ts"
import type { Authentication } from "./authenticationVariables.ts"
import { remoteKeys } from "./keySet.ts"

type RequestHeaders = Readonly<Record<string, string | undefined>>

export class Authenticator extends Context.Service<
  Authenticator,
  {
    /**
     * The toss user key of the caller. Refused as UNAUTHENTICATED without a valid proof; unavailable while the keys that
     * proofs are checked with cannot be fetched, which is no fault of the caller.
     */
    userKeyOf(headers: RequestHeaders): Effect.Effect<string, Refusal | Unavailable>
  }
>()("tosspay-checkout/server/Authenticator") {
  static readonly layer = (authentication: Authentication) =>
    Layer.effect(
      Authenticator,
      Effect.gen(function* () {
        if (authentication.mode === "dev") return { userKeyOf: trustHeader }
        const run = Effect.runForkWith(yield* Effect.context<never>())
        return {
          userKeyOf: verifyToken(authentication, (words, cause) => {
            run(Effect.logWarning(words, cause))
          }),
        }
      }),
    )
}

/** Whoever does not say who it is, is this one. */
const demoUser = "demo-user"

/** What TossPay accepts as a header value. */
const userKeyShape = /^[\x21-\x7e]{1,200}$/

/** How far the clock of whoever makes the tokens may be off. */
const clockSkewSeconds = 30

const unauthenticated = new Refusal({ reason: "UNAUTHENTICATED" })

const known = (userKey: unknown): Effect.Effect<string, Refusal> =>
  typeof userKey === "string" && userKeyShape.test(userKey) ? Effect.succeed(userKey) : unauthenticated

const trustHeader = (headers: RequestHeaders) => known(headers["x-toss-user-key"] ?? demoUser)

const verifyToken = (
  { audience, issuer, keys }: Extract<Authentication, { mode: "jwt" }>,
  warn: (words: string, cause: unknown) => void,
) => {
  // The algorithms are pinned by the kind of key, so that a public key can never pass for a shared secret.
  const [getKey, algorithms]: [JWTVerifyGetKey, Array<string>] =
    "jwksUrl" in keys
      ? [remoteKeys(keys.jwksUrl, warn), ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]]
      : [sharedSecret(keys.secret), ["HS256"]]
  const options = {
    audience,
    ...(issuer !== null && { issuer }),
    algorithms,
    clockTolerance: clockSkewSeconds,
    requiredClaims: ["sub", "exp"],
  }
  return (headers: RequestHeaders) => {
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(headers["authorization"] ?? "")?.[1]
    if (token === undefined) return unauthenticated
    return Effect.tryPromise({
      try: () => jwtVerify(token, getKey, options),
      catch: (error) => (error instanceof Unavailable ? error : unauthenticated),
    }).pipe(Effect.flatMap(({ payload }) => known(payload.sub)))
  }
}

const sharedSecret = (secret: Redacted.Redacted<string>): JWTVerifyGetKey => {
  const key = new TextEncoder().encode(Redacted.value(secret))
  return () => key
}
