/** Who may enter the back office: whoever bears ADMIN_TOKEN. */

import { createHash, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { CurrentSettings } from "../../config.ts"
import { keptSecret } from "../../dataDir.ts"
import { Refusal } from "../../errors.ts"
import { clientAddress } from "../address.ts"
import { answered, errorAnswer, no } from "../answers.ts"
import { RateLimits } from "../limits.ts"
import { languageOf, messageOf } from "../messages.ts"
import { refused } from "../schemas.ts"

/** The token of the back office. `null`: there is no back office. */
export class AdminToken extends Context.Service<
  AdminToken,
  {
    readonly token: Redacted.Redacted<string> | null
    /** It was made here because none was set, so somebody has to be told. */
    readonly isOurs: boolean
  }
>()("tosspay-checkout/server/AdminToken") {
  /** Outside production a token is made at the first start; in production there is no back office without one. */
  static readonly layer = Layer.effect(
    AdminToken,
    Effect.gen(function* () {
      const { adminToken, production, dataDir } = yield* CurrentSettings
      if (adminToken !== null || production) return { token: adminToken, isOurs: false }
      const secret = Redacted.value(yield* keptSecret(dataDir, "admin.token"))
      return { token: Redacted.make(secret.toString("base64url")), isOurs: true }
    }),
  )
}

export class AdminOnly extends HttpApiMiddleware.Service<AdminOnly>()("tosspay-checkout/http/AdminOnly", {
  security: { bearer: HttpApiSecurity.bearer },
  error: [refused(401, "UNAUTHENTICATED"), refused(404, "NOT_FOUND")],
}) {}

export const adminOnly = Layer.effect(
  AdminOnly,
  Effect.gen(function* () {
    const { token } = yield* AdminToken
    const limits = yield* RateLimits
    const addressOf = clientAddress((yield* CurrentSettings).trustedProxies)
    return AdminOnly.of({
      bearer: (httpEffect, { credential }) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const spoken = languageOf(request.headers["accept-language"])
          if (token === null) return no(404, "NOT_FOUND", messageOf("NOT_FOUND", spoken))
          const address = addressOf(request)
          yield* limits.ofGuesses(address)
          if (isSame(token, credential)) return yield* httpEffect
          yield* limits.countGuess(address)
          return errorAnswer(new Refusal({ reason: "UNAUTHENTICATED" }), spoken)
        }).pipe(answered),
    })
  }),
)

/** Takes the same time for every wrong token, whatever its length. */
const isSame = (ours: Redacted.Redacted<string>, theirs: Redacted.Redacted<string>): boolean =>
  timingSafeEqual(digest(ours), digest(theirs))

const digest = (secret: Redacted.Redacted<string>): Buffer =>
  createHash("sha256").update(Redacted.value(secret)).digest()
