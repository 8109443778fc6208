/** Who may enter the back office: whoever bears ADMIN_TOKEN. */

import { createHash, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { CurrentSettings } from "../../config.ts"
import { keptSecret } from "../../dataDir.ts"
import { Refusal } from "../../errors.ts"
import { errorAnswer, no } from "../answers.ts"
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
  Effect.map(AdminToken, ({ token }) =>
    AdminOnly.of({
      bearer: (httpEffect, { credential }) =>
        token !== null && isSame(token, credential)
          ? httpEffect
          : Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => {
              const spoken = languageOf(headers["accept-language"])
              return token === null
                ? no(404, "NOT_FOUND", messageOf("NOT_FOUND", spoken))
                : errorAnswer(new Refusal({ reason: "UNAUTHENTICATED" }), spoken)
            }),
    }),
  ),
)

/** Takes the same time for every wrong token, whatever its length. */
const isSame = (ours: Redacted.Redacted<string>, theirs: Redacted.Redacted<string>): boolean =>
  timingSafeEqual(digest(ours), digest(theirs))

const digest = (secret: Redacted.Redacted<string>): Buffer =>
  createHash("sha256").update(Redacted.value(secret)).digest()
