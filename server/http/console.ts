/** The audit console: static pages that bring everything they need, and a policy that lets nothing else in. */

import { existsSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse, HttpStaticServer } from "effect/http"
import { Operators } from "../backOffice/operators.ts"
import { pagePolicy } from "./securityHeaders.ts"

/** Where vite leaves it: beside the built server, or in the same place seen from its source. */
const folder = join(dirname(findPackageJSON(import.meta.url) ?? ""), "dist/console")

/** Why there is no console; `null` if there is one. */
export const noConsole: string | null = existsSync(folder) ? null : "not built; npm run prepare builds it"

const policy = pagePolicy(
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
)

/** No console where there is no back office: in production without a token for it. */
export const consolePages = Layer.unwrap(
  Effect.gen(function* () {
    if (!(yield* Operators).isOpen) return Layer.empty
    if (noConsole !== null) {
      yield* Effect.logWarning(`the audit console is ${noConsole}`)
      return Layer.empty
    }
    const files = yield* HttpStaticServer.make({ root: folder, spa: true })
    const pages = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ url }) =>
      Effect.map(files, HttpServerResponse.setHeaders(headersOf(url))),
    )
    return HttpRouter.use((router) => router.prefixed("/audit").add("GET", "/*", pages))
  }),
)

/** What vite builds into `assets` has its hash in its name; everything else is asked for anew. */
const headersOf = (url: string) => ({
  "cache-control": url.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  ...policy,
})
