/** What several commands understand. */

import { userInfo } from "node:os"
import { Flag } from "effect/cli"
import { momentOf } from "../moment.ts"

export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

/** Why something is done. It goes on record for good, so it has the limit of the back office: 200 characters. */
export const whyFlag = (name: string, description: string) => onRecord(name, 200, description)

/** Who does it: whoever is signed in on this machine, unless somebody says otherwise. */
export const whoFlag = (description: string) =>
  onRecord("who", 100, description).pipe(Flag.withDefault(userName()))

/** A container may run as a user without a name. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`
  }
}

const onRecord = (name: string, longest: number, description: string) =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(
      (given) => {
        const text = given.trim()
        if (text === "" || text.length > longest || text.includes("\u0000")) throw new Error(text)
        return text
      },
      () => `1 to ${longest} characters`,
    ),
    Flag.withDescription(description),
  )

/** How many are listed at most. */
export const limitFlag = (initially: number, most: number) =>
  Flag.Int("limit").pipe(
    Flag.filter(
      (limit) => limit >= 1 && limit <= most,
      () => `1 to ${most}`,
    ),
    Flag.withDescription(`At most this many, up to ${most} (${initially})`),
    Flag.withDefault(initially),
  )

/** A moment, as ISO 8601 in UTC. A date alone is midnight UTC; a time needs its zone. */
export const momentFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(
      (text) => {
        const moment = momentOf(text)
        if (moment === null) throw new Error(text)
        return moment
      },
      () => "a day that there is, like 2026-01-31, or a time with zone, like 2026-01-31T09:00:00+09:00",
    ),
    Flag.withDescription(description),
    Flag.optional,
  )
