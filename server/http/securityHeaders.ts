/** Headers that cost nothing and close doors. */

import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

const policyHeader = "content-security-policy"

/** An answer that is no page runs nothing and is shown in no frame, also when a browser takes it for one. */
const nothing = "default-src 'none'; frame-ancestors 'none'"

/** Of an answer that is no page. */
export const closedDoors = {
  [policyHeader]: nothing,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
} as const

/** For every answer. A page brings a policy of its own, which stays. */
export const securityHeaders = HttpRouter.middleware(
  (httpEffect) =>
    Effect.map(httpEffect, (response) =>
      HttpServerResponse.setHeaders(response, {
        ...closedDoors,
        [policyHeader]: response.headers[policyHeader] ?? nothing,
      }),
    ),
  { global: true },
)

/** What a page may load, and nothing else. `none` of it is ever framed, or sends a form or its base elsewhere. */
export const pagePolicy = (...directives: ReadonlyArray<string>): Readonly<Record<string, string>> => ({
  [policyHeader]: [
    ...directives,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
})
