/** One variable of the environment at a time. The message for a wrong one names it and what it should be, never its value. */

import { existsSync } from "node:fs"
import { Config, Effect, Option, Redacted } from "effect"
import { hostsOf } from "./database/hosts.ts"
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

/** A server of PostgreSQL, or several of which one is the primary at a time: postgres://user@one:5432,two:5432/checkout. */
export const databaseUrl = Effect.fnUntraced(function* (name: string) {
  const value = yield* text(name)
  if (value === null) return null
  const isUsable =
    /^postgres(ql)?:\/\//.test(value) &&
    hostsOf(value).every((host) => URL.canParse(value.replace(hostsOf(value).join(","), host)))
  return isUsable
    ? Redacted.make(value)
    : yield* wrong(name, "a URL such as postgres://user:password@host:5432/database")
})

export const file = Effect.fnUntraced(function* (name: string) {
  const value = yield* text(name)
  return value === null || existsSync(value) ? value : yield* wrong(name, "the path of a file that exists")
})
