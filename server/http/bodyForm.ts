/**
 * The form in which a body is read: bytes as they are, and UTF-8. What is declared as another one would be read as something
 * that nobody sent, so it is refused by what it says of itself.
 */

import type { Headers } from "effect/http"

/** What the caller has to change; `null` for a body, or none, that is read as it was meant. */
export const foreignForm = (headers: Headers.Headers): string | null => {
  const isThere = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0
  if (!isThere) return null
  const encodings = (headers["content-encoding"] ?? "identity").split(",")
  if (!encodings.every((encoding) => /^identity$/i.test(encoding.trim())))
    return "the body must be sent as it is: no content-encoding but identity"
  const charsets = [...(headers["content-type"] ?? "").matchAll(/;\s*charset\s*=\s*"?([^";]*)"?/gi)]
  return charsets.every(([, charset = ""]) => /^utf-?8$/i.test(charset.trim()))
    ? null
    : "the body must be sent in UTF-8: no charset but utf-8"
}
