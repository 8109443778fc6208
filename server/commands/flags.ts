/** What several commands understand. */

import { Flag } from "effect/cli"

export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

/** A moment, as ISO 8601 in UTC. A date alone is midnight UTC; a time needs its zone. */
export const momentFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(isoOf, () => "should be like 2026-01-31 or 2026-01-31T09:00:00+09:00"),
    Flag.withDescription(description),
    Flag.optional,
  )

const isoOf = (text: string): string => {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) throw new Error(text)
  return new Date(text).toISOString()
}
