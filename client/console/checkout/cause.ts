import { factSources } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"
import { saidBy } from "./history.ts"

const words = {
  buyer: "the buyer",
  webview: "the webview says",
  TossPay: "TossPay's answer",
  server: "the server",
  timer: "a timer",
  nobody: "nobody answered",
  person: "the back office",
} as const

/** Who made a step happen; a person by the name that is on record. */
export const causeOf = (event: EventRow): string => {
  const { who } = saidBy(event)
  return typeof who === "string" ? who : (words[factSources[event.type]] ?? "unknown")
}
