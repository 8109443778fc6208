/** One variable of the environment at a time. The message for a wrong one names it and what it should be, never its value. */

import { existsSync } from "node:fs"
import { Config, Effect, Option, Redacted } from "effect"
import { hostsOf, socketFolderOf, withHost } from "./database/hosts.ts"
import { CannotStart } from "./errors.ts"

export const wrong = (name: string, expected: string) =>
  Effect.fail(new CannotStart({ exitCode: 2, reason: `${name} must be ${expected}` }))

/** An empty variable counts as absent, as shells and container tools write it. */
export const text = (name: string) =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrNull(value)?.trim() || null),
    Effect.catch(() => wrong(name, "text")),
  )

export const whole = Effect.fnUntraced(function* (name: string, fallback: number, min: number, max: number) {
  const value = yield* text(name)
  if (value === null) return fallback
  const number = Number(value)
  return /^\d+$/.test(value) && number >= min && number <= max
    ? number
    : yield* wrong(name, `a whole number from ${min} to ${max}`)
})

export const oneOf = Effect.fnUntraced(function* <const A extends string>(
  name: string,
  values: ReadonlyArray<A>,
) {
  const value = yield* text(name)
  return value === null
    ? null
    : (values.find((known) => known === value) ?? (yield* wrong(name, `one of ${values.join(", ")}`)))
})

export const bool = (name: string) =>
  Effect.map(oneOf(name, ["true", "false"]), (value) => (value === null ? null : value === "true"))

export const url = Effect.fnUntraced(function* (name: string) {
  const value = yield* text(name)
  if (value === null) return null
  return /^https?:\/\//.test(value) && URL.canParse(value)
    ? value.replace(/\/+$/, "")
    : yield* wrong(name, "a URL that starts with https:// or http://")
})

/** TLS, or no network at all: something on this machine that does TLS for us. */
export const isPrivateWay = (url: string): boolean => {
  const { protocol, hostname } = new URL(url)
  return protocol === "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

/**
 * A server of PostgreSQL, or several of which one is the primary at a time: postgres://user@one:5432,two:5432/checkout; or the
 * folder of its sockets: postgres://user@/checkout?host=/run/postgresql.
 */
export const databaseUrl = Effect.fnUntraced(function* (name: string) {
  const value = yield* text(name)
  if (value === null) return null
  const expected = "a URL such as postgres://user:password@host:5432/database"
  const isUrl =
    /^postgres(ql)?:\/\//.test(value) &&
    (socketFolderOf(value) !== null || hostsOf(value).every((host) => URL.canParse(withHost(value, host))))
  if (!isUrl) return yield* wrong(name, expected)
  const { username, password, pathname, searchParams } = new URL(withHost(value, "localhost"))
  if (![username, password, pathname].every(isDecodable)) {
    return yield* wrong(name, `${expected}, in which a % of the password is written as %25`)
  }
  const attributes = searchParams.get("target_session_attrs")
  return attributes === null || sessionAttributes.includes(attributes)
    ? Redacted.make(value)
    : yield* wrong(name, `${expected}, with target_session_attrs as one of ${sessionAttributes.join(", ")}`)
})

/** Those that the driver knows. */
const sessionAttributes = ["read-write", "read-only", "primary", "standby", "prefer-standby"]

const isDecodable = (part: string): boolean => {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

export const file = Effect.fnUntraced(function* (name: string) {
  const value = yield* text(name)
  return value === null || existsSync(value) ? value : yield* wrong(name, "the path of a file that exists")
})
