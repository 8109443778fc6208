/** TossPay is there, and asks to be asked less often: nothing happened, and the same call works later. */

import { Option, Schema } from "effect"
import type { Wire } from "./outcome.ts"

type Throttled = Extract<Wire, { readonly _tag: "Reply" }>

export const isThrottled = (wire: Wire): wire is Throttled => wire._tag === "Reply" && wire.status === 429

/** How long it wants to be left alone; `null` if it does not say. */
export const wantedPauseMs = ({ body }: Throttled): number | null => {
  const said = Option.getOrNull(decode(body))
  return said === null ? null : said.error.data.retryAfterSeconds * 1_000
}

const Said = Schema.Struct({
  error: Schema.Struct({ data: Schema.Struct({ retryAfterSeconds: Schema.Finite }) }),
})

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Said))
