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
  type FetchImplementation,
  type JSONWebKeySet,
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
 * Rejects with jose's error where the set has no key that is good for the token, and with `Unavailable` where no set is to be
 * had. `warn` hears of every fetch that failed, also where the last set answered, and once per set of a key that is no good.
 */
export const remoteKeys = (url: string, warn: (words: string, cause: unknown) => void): JWTVerifyGetKey => {
  const kept: Partial<ExportedJWKSCache> = {}
  let failedAtMs = Number.NEGATIVE_INFINITY
  let warnedOf: unknown

  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: cacheMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [jwksCache]: kept as ExportedJWKSCache,
    [customFetch]: async (address, options) => {
      if (Date.now() < failedAtMs + pauseMs) throw new NoSet("it could not be fetched a moment ago")
      try {
        return await fetchSet(address, options)
      } catch (cause) {
        failedAtMs = Date.now()
        warn("the key set of AUTH_JWKS_URL could not be fetched", cause)
        throw new NoSet("it could not be fetched", { cause })
      }
    },
  })

  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      const { jwks, uat = 0 } = kept
      if (!(cause instanceof NoSet)) {
        if (!isNoSuchKey(cause) && warnedOf !== jwks) {
          warnedOf = jwks
          warn(`the key ${header.kid ?? "without a name"} of AUTH_JWKS_URL cannot be used`, cause)
        }
        throw cause
      }
      const last = jwks === undefined || Date.now() >= uat + believedMs ? null : createLocalJWKSet(jwks)
      // A key that is not in the last set may well be in the one that cannot be fetched.
      const key = await last?.(header, token).catch(() => null)
      if (key) return key
      throw new Unavailable({ what: "AUTHENTICATION", retryable: true, cause })
    }
  }
}

/** Nothing came that is a key set: the one error that is not about a key of it. */
class NoSet extends Error {}

const fetchSet: FetchImplementation = async (address, options) => {
  const reply = await fetch(address, options)
  if (reply.status !== 200) throw new Error(`the answer has the status ${reply.status}`)
  const { jwks } = createLocalJWKSet((await reply.json()) as JSONWebKeySet)
  return Response.json(jwks())
}

/** Anybody may send such a token; with any other error it named a key of the set. */
const isNoSuchKey = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported
