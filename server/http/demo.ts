/** The pages: the demo mini-app, and what it has to know. */

import { existsSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServerResponse, HttpStaticServer } from "effect/http"
import { Operators } from "../backOffice/operators.ts"
import { Catalog } from "../catalog.ts"
import { pagePolicy } from "./securityHeaders.ts"

const root = dirname(findPackageJSON(import.meta.url) ?? "")

/** Where `vite build` leaves the pages. They are no part of the package: they hold the SDK, whose licence is another. */
const pagesFolder = join(root, "dist/demo")

/** Why there are no pages; `null` if there are. The API works without them. */
export const noPages: string | null = existsSync(pagesFolder)
  ? null
  : existsSync(join(root, "client/vite.config.ts"))
    ? "not built; npm run prepare builds it"
    : "comes with the repository, not with the package"

/**
 * The demo has the price list and, where a simulator runs along, what its stage needs: where the simulator is, and the token
 * of the back office, by which it shows the server's log. Without a simulator no token leaves, and none runs along in production
 * (app.ts).
 */
export const demoPages = (simulatorUrl: string | null) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { products } = yield* Catalog
      const own = (yield* Operators).adminToken
      const adminToken = simulatorUrl === null || own === null ? null : Redacted.value(own.token)
      const config = HttpRouter.add(
        "GET",
        "/demo.json",
        Effect.succeed(HttpServerResponse.jsonUnsafe({ simulatorUrl, adminToken, products })),
      )
      if (noPages !== null) return config
      const files = HttpStaticServer.layer({ root: pagesFolder, cacheControl: "no-cache" })
      return Layer.merge(config, Layer.provide(files, onlyOwnScripts(simulatorUrl)))
    }),
  )

/** No inline script, no inline style, nothing from elsewhere. Inspectors are reached through WebSockets, on whatever host. */
const onlyOwnScripts = (simulatorUrl: string | null) =>
  HttpRouter.middleware((httpEffect) =>
    Effect.map(
      httpEffect,
      HttpServerResponse.setHeaders(
        pagePolicy(
          "default-src 'self'",
          `connect-src 'self' ${simulatorUrl === null ? "" : `${simulatorUrl} ws: wss:`}`.trim(),
        ),
      ),
    ),
  ).layer
