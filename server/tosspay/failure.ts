/** Why a call to TossPay got no answer, in words that an operator can act on. */

import { type Credentials, inWords } from "./certificate.ts"

const unknownAuthority =
  "its certificate is of no authority that is known here; look at TOSSPAY_CA_FILE and TOSSPAY_BASE_URL"

/** By the codes of Node, which are those of OpenSSL and of the system. */
const meanings: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_HAS_EXPIRED: "its certificate has expired; look at the clock of this machine too",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; look at the clock of this machine",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name; look at TOSSPAY_BASE_URL",
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name is not known; look at TOSSPAY_BASE_URL and DNS",
  EAI_AGAIN: "DNS does not answer",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time; is its address let through the firewall?",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "the reply is larger than those of TossPay",
}

/** What the other side says, or leaves unsaid, when it does not take the client certificate. */
const turnedAway = /_ALERT_|^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/

export const whyItFailed = (cause: unknown, credentials: Credentials, nowMs: number): string => {
  const code = codeOf(cause)
  const meaning = meanings[code] ?? (turnedAway.test(code) ? aboutOurs(code, credentials, nowMs) : null)
  return meaning === null ? code : `${code}: ${meaning}`
}

const aboutOurs = (code: string, credentials: Credentials, nowMs: number): string => {
  const { own } = credentials
  const said = code.includes("_ALERT_") ? "it refused the connection" : "it cut the connection"
  if (own === null) return `${said}; does it want a client certificate (TOSSPAY_CERT_FILE)?`
  return own.expiresAtMs <= nowMs
    ? `${said}; the client certificate of TOSSPAY_CERT_FILE has expired (${inWords(credentials)})`
    : `${said}; if every call ends so, it does not take the certificate of TOSSPAY_CERT_FILE (${inWords(credentials)})`
}

/** A code alone: a message may name more than belongs into a log. */
const codeOf = (cause: unknown): string => {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  return typeof code === "string" ? code : typeof name === "string" ? name : "no reason given"
}
