/** Who is calling. In dev mode the caller says so itself; otherwise a bearer token proves it and `sub` is the toss user key. */

import { Context, Effect, Layer, Redacted } from "effect"
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose"
import type { Authentication } from "./config.ts"
import { Refusal } from "./errors.ts"

export type RequestHeaders = Readonly<Record<string, string | undefined>>

export class Authenticator extends Context.Service<
  Authenticator,
  {
    /** The toss user key of the caller. Refused as UNAUTHENTICATED without a valid proof. */
    userKeyOf(headers: RequestHeaders): Effect.Effect<string, Refusal>
  }
>()("tosspay-checkout/server/Authenticator") {
  static readonly layer = (authentication: Authentication) =>
    Layer.succeed(Authenticator, {
      userKeyOf: authentication.mode === "dev" ? trustHeader : verifyToken(authentication),
    })
}

/** Whoever does not say who it is, is this one. */
const demoUser = "demo-user"

/** What TossPay accepts as a header value. */
const userKeyShape = /^[\x21-\x7e]{1,200}$/

const unauthenticated = new Refusal({ reason: "UNAUTHENTICATED" })

const known = (userKey: unknown): Effect.Effect<string, Refusal> =>
  typeof userKey === "string" && userKeyShape.test(userKey) ? Effect.succeed(userKey) : unauthenticated

const trustHeader = (headers: RequestHeaders) => known(headers["x-toss-user-key"] ?? demoUser)

const verifyToken = ({ audience, keys }: Extract<Authentication, { mode: "jwt" }>) => {
  // The algorithms are pinned by the kind of key, so that a public key can never pass for a shared secret.
  const [key, algorithms]: [JWTVerifyGetKey | Uint8Array, Array<string>] =
    "jwksUrl" in keys
      ? [createRemoteJWKSet(new URL(keys.jwksUrl)), ["RS256", "PS256", "ES256", "EdDSA"]]
      : [new TextEncoder().encode(Redacted.value(keys.secret)), ["HS256"]]
  const getKey: JWTVerifyGetKey = typeof key === "function" ? key : () => key
  return (headers: RequestHeaders) => {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(headers["authorization"] ?? "")?.[1]
    if (token === undefined) return unauthenticated
    return Effect.tryPromise({
      try: () =>
        jwtVerify(token, getKey, {
          audience,
          algorithms,
          clockTolerance: 30,
          requiredClaims: ["sub", "exp"],
        }),
      catch: () => unauthenticated,
    }).pipe(Effect.flatMap(({ payload }) => known(payload.sub)))
  }
}
