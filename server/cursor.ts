/** Cursors: the place after the last item of a page, as text that means nothing to whoever is given it. */

import { Effect } from "effect"
import { Refusal } from "./errors.ts"

export const cursorOf = (...parts: ReadonlyArray<string>): string =>
  Buffer.from(parts.join(" ")).toString("base64url")

/**
 * `null` is the place before the first item. `read` makes a place of the parts, or gives `null` if they are none. Refused as
 * INVALID_REQUEST.
 */
export const placeAt = <Place>(
  cursor: string | null | undefined,
  read: (...parts: ReadonlyArray<string>) => Place | null,
): Effect.Effect<Place | null, Refusal> => {
  if (cursor === null || cursor === undefined) return Effect.succeed(null)
  const place = read(...Buffer.from(cursor, "base64url").toString("latin1").split(" "))
  return place === null ? Effect.fail(notOurs) : Effect.succeed(place)
}

const notOurs = new Refusal({
  reason: "INVALID_REQUEST",
  detail: "cursor is not one that this server gave out",
})

/** As the database's times come out: ISO 8601 with milliseconds, in UTC. */
export const isMoment = (text: string | undefined): text is string => {
  const time = Date.parse(text ?? "")
  return !Number.isNaN(time) && new Date(time).toISOString() === text
}

export const isUuid = (text: string | undefined): text is string => uuid.test(text ?? "")

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
