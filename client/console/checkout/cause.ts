import { factSources } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"

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
export const causeOf = ({ type, data }: EventRow): string =>
  typeof data["who"] === "string" ? data["who"] : (words[factSources[type]] ?? "unknown")
