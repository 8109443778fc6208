/** `/docs`: the API reference, a page that its library makes in one piece, scripts inside. */

import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiScalar } from "effect/http-api"
import { CheckoutApi } from "./api.ts"
import { pagePolicy } from "./securityHeaders.ts"

/** The page's own scripts may run, each known by its hash, and no other. Only styles have to be let in as they come. */
const policyOf = (page: string) => {
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  )
  return pagePolicy(
    "default-src 'none'",
    `script-src ${scripts.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
  )
}

const ownScriptsOnly = HttpRouter.middleware(
  Effect.sync(() => {
    let policy: ReturnType<typeof policyOf> | null = null
    return (httpEffect) =>
      Effect.map(httpEffect, (response) => {
        if (response.body._tag !== "Uint8Array") return response
        policy ??= policyOf(Buffer.from(response.body.body).toString())
        return HttpServerResponse.setHeaders(response, policy)
      })
  }),
)

export const reference = HttpApiScalar.layer(CheckoutApi, {
  path: "/docs",
  // Its fonts would come from elsewhere.
  scalar: { withDefaultFonts: false },
}).pipe(Layer.provide(ownScriptsOnly.layer))
