/**
 * The public keys that bearer tokens are checked with: a JSON Web Key Set that somebody else serves and rotates. It is kept in
 * memory, so that a buyer waits for the key server no more than once in a while, and a short outage of it is not ours.
 */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type ExportedJWKSCache,
  errors,
  type JWTVerifyGetKey,
  jwksCache,
} from "jose"
import { Unavailable } from "../errors.ts"

/** While the set can be fetched, a key that left it is believed for no longer than this. */
export const cacheMs = 600_000

/** A key that is not in the set has it fetched again at most this often, so that a stranger cannot have it fetched at will. */
export const cooldownMs = 30_000

/** While the set cannot be fetched, the last one that could is believed until it is this old. */
export const believedMs = 3_600_000

/** After a failure nobody waits for another try before this is over. */
export const pauseMs = 5_000

const timeoutMs = 3_000

/**
 * Rejects with jose's error where the token is wrong, and with `Unavailable` where no set is to be had. `onFailure` hears of
 * every fetch that failed, also where the last set answered.
 */
export const remoteKeys = (url: string, onFailure: (cause: unknown) => void): JWTVerifyGetKey => {
  const kept: Partial<ExportedJWKSCache> = {}
  let failedAtMs = Number.NEGATIVE_INFINITY

  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: cacheMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [jwksCache]: kept as ExportedJWKSCache,
    [customFetch]: async (address, options) => {
      if (Date.now() < failedAtMs + pauseMs) throw notAskedAgain
      return fetch(address, options)
    },
  })

  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      if (isOfTheToken(cause)) throw cause
      if (cause !== notAskedAgain) {
        failedAtMs = Date.now()
        onFailure(cause)
      }
      const { jwks, uat = 0 } = kept
      const last = jwks === undefined || Date.now() >= uat + believedMs ? null : createLocalJWKSet(jwks)
      // A key that is not in the last set may well be in the one that cannot be fetched.
      const key = await last?.(header, token).catch(() => null)
      if (key) return key
      throw new Unavailable({ what: "AUTHENTICATION", retryable: true, cause })
    }
  }
}

const notAskedAgain = new Error("the key set could not be fetched a moment ago")

/** The set was there, and has no key for such a token. */
const isOfTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported
