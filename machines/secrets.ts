/** What of a context or a fact is nobody's business but the parties': who pays, with what, and by which token. */

const secretFields: ReadonlySet<string> = new Set([
  "payToken",
  "payer",
  "userKey",
  "tossUserKey",
  "instrument",
  "transactionId",
  "charges",
  "refundNo",
])

/** Stands where something was taken out. */
export const removed = "(removed)"

/**
 * The same value without secrets, at whatever depth they lie; `null` stays, because it says that there was nothing.
 * Made for the sanitizers of an inspector: `createBrowserInspector({ sanitizeContext: withoutSecrets, sanitizeEvent: withoutSecrets })`.
 */
export const withoutSecrets = <A>(value: A): A => clean(value) as A

const clean = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== "object" || value === null) return value
  const fields = Object.entries(value)
  // A comparison of tokens holds them under other names: both its sides.
  const isSecret = (name: string) =>
    secretFields.has(name) || ("field" in value && secretFields.has(String(value.field)) && isSide(name))
  return Object.fromEntries(
    fields.map(([name, part]) => [name, isSecret(name) && part !== null ? removed : clean(part)]),
  )
}

const isSide = (name: string): boolean => name === "ours" || name === "theirs"
