/** Which proof of who they are callers bring, as the environment says it. */

import { Effect, Redacted } from "effect"
import { isPrivateWay, oneOf, text, url, wrong } from "../environment.ts"

export type Authentication =
  | { readonly mode: "dev" }
  | {
      readonly mode: "jwt"
      readonly audience: string
      /** Who alone makes tokens; `null` where whoever has a key of the set may. */
      readonly issuer: string | null
      readonly keys: { readonly jwksUrl: string } | { readonly secret: Redacted.Redacted<string> }
    }

/** In production nobody is believed who only says who it is. */
export const authenticationVariables = Effect.fnUntraced(function* (production: boolean) {
  const mode = (yield* oneOf("AUTH_MODE", ["dev", "jwt"])) ?? (production ? null : "dev")
  if (mode === null || (mode === "dev" && production)) {
    return yield* wrong("AUTH_MODE", "jwt (dev lets every caller say who it is and is refused in production)")
  }
  if (mode === "dev") return { mode } as const
  const audience = yield* text("AUTH_JWT_AUDIENCE")
  if (audience === null)
    return yield* wrong("AUTH_JWT_AUDIENCE", "the audience that bearer tokens are made for")
  const jwksUrl = yield* url("AUTH_JWKS_URL")
  if (jwksUrl !== null && production && !isPrivateWay(jwksUrl)) {
    return yield* wrong(
      "AUTH_JWKS_URL",
      "a URL that starts with https:// (required in production, unless it is on this machine): whoever changes a key on the way can be anybody",
    )
  }
  const issuer = yield* text("AUTH_JWT_ISSUER")
  const secret = yield* text("AUTH_JWT_SECRET")
  if (jwksUrl !== null && secret !== null) {
    return yield* wrong("AUTH_JWT_SECRET", "absent where AUTH_JWKS_URL is set: tokens are checked in one way")
  }
  if (jwksUrl !== null) return { mode, audience, issuer, keys: { jwksUrl } } as const
  if (secret === null || secret.length < 32) {
    return yield* wrong("AUTH_JWT_SECRET", "a shared secret of at least 32 characters, or set AUTH_JWKS_URL")
  }
  return { mode, audience, issuer, keys: { secret: Redacted.make(secret) } } as const
})
