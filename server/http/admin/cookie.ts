/** The cookie that keeps a session of the console: no script can read it, and no other site can have it sent. */

import { Duration } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { sessionHours } from "../../backOffice/sessions.ts"

/**
 * Sent by the console with every request. A page of another origin cannot send it without being asked for permission
 * (CORS), which it does not get; so a cookie counts only beside it.
 */
export const consoleHeader = "x-checkout-console"

/** As browsers demand of a cookie that only this very host may set: secure, for all paths, without a domain. */
export const secureName = "__Host-checkout-console"
const plainName = "checkout-console"

const options = { httpOnly: true, sameSite: "strict", path: "/" } as const

type Request = HttpServerRequest.HttpServerRequest

/** Plain HTTP on a developer's own machine, where not every browser keeps a secure cookie. */
const isLocal = ({ headers }: Request): boolean => {
  const { hostname, protocol } = URL.parse(`http://${headers["host"] ?? ""}`) ?? {}
  const isOwnMachine = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]"
  return protocol === "http:" && isOwnMachine && headers["x-forwarded-proto"] !== "https"
}

const nameFor = (request: Request) => (isLocal(request) ? plainName : secureName)

/** What the cookie holds, if the console sent it. */
export const sessionSecretOf = (request: Request): string | undefined =>
  request.headers[consoleHeader] === "1" ? request.cookies[nameFor(request)] : undefined

export const withSession = (request: Request, secret: string) =>
  HttpServerResponse.setCookieUnsafe(nameFor(request), secret, {
    ...options,
    secure: !isLocal(request),
    maxAge: Duration.hours(sessionHours),
  })

export const withoutSession = (request: Request) =>
  HttpServerResponse.expireCookieUnsafe(nameFor(request), { ...options, secure: !isLocal(request) })
