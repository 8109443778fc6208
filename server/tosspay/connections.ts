/** The connections to TossPay. A renewed certificate is for new ones: calls in flight come to their end on the old. */

import { Effect } from "effect"
import { buildConnector, Pool } from "undici"
import { ClientCertificate, type Pem } from "./certificate.ts"
import type { TossPaySettings } from "./settings.ts"

/** A reply larger than this is not one of TossPay's: the connection is cut, and the outcome is unknown. */
const largestReplyBytes = 1_000_000

/** The pool to call by now. All of them are gone with the scope. */
export const makeConnections = Effect.fnUntraced(function* ({ baseUrl, timeoutMs }: TossPaySettings) {
  const certificate = yield* ClientCertificate
  const { origin } = new URL(baseUrl)
  const open = (pem: Pem) =>
    new Pool(origin, {
      connect: connector(pem, timeoutMs),
      // As many as there are calls at a time, which is decided where they begin: one that waited here for another's connection
      // would use up its time, and be taken for one whose reply is lost.
      connections: null,
      // One call at a time on each: a connection that breaks leaves one outcome open and no more.
      pipelining: 1,
      maxResponseSize: largestReplyBytes,
    })

  let used = certificate.inUse()
  let pool = open(used.pem)
  const pools = new Set([pool])
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.tryPromise(() => Promise.all([...pools].map((each) => each.destroy())))),
  )

  return (): Pool => {
    const now = certificate.inUse()
    if (now === used) return pool
    const old = pool
    void old.close().then(() => pools.delete(old))
    used = now
    pool = open(now.pem)
    pools.add(pool)
    return pool
  }
})

/** The errors of connections that never came to be. */
const unconnected = new WeakSet<object>()

/**
 * Whether a call failed because there was no connection to send it on: then nothing was sent, so nothing can have happened.
 * A server that does not take our certificate says so in TLS 1.3 only after the handshake, when the call may be on its way.
 */
export const neverConnected = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && unconnected.has(cause)

/** TLS has verified the other side before a connection counts as one. */
const connector = (pem: Pem, timeoutMs: number): buildConnector.connector => {
  const connect = buildConnector({ ...pem, timeout: timeoutMs, allowH2: false })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error === null) return callback(null, socket)
      unconnected.add(error)
      callback(error, null)
    })
}
