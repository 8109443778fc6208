/** An identity provider: it serves a set of public keys, rotates them, falls silent when it is told to, and signs tokens. */

import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose"

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly secret: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"]
  readonly jwk: JWK
  /** The public key as a provider may also print it. */
  readonly pem: string
}

export const signingKey = async (kid: string, alg = "ES256"): Promise<SigningKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" }
  return { kid, alg, secret: privateKey, jwk, pem: await exportSPKI(publicKey) }
}

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

/** Any claims, also those that no token should have. */
export type Claims = Readonly<Record<string, unknown>>

/** A good token of `user-1` for `the-shop`, except for what is said otherwise; what is `undefined` is left out. */
export const tokenOf = ({ kid, alg, secret }: SigningKey, claims: Claims = {}): Promise<string> =>
  new SignJWT({ sub: "user-1", aud: "the-shop", exp: inSeconds(300), ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(secret)

/** Listens until the scope closes. Everything about it may change while it runs. */
export const keyServer = Effect.acquireRelease(
  Effect.promise(async () => {
    const state = { keys: [] as ReadonlyArray<SigningKey>, answer: "set" as Answer, fetches: 0 }
    const server = createServer((_, reply) => {
      state.fetches += 1
      if (state.answer === "cut") return void reply.destroy()
      const isSet = state.answer === "set"
      reply.writeHead(state.answer === "error" ? 500 : 200, { "content-type": "application/json" })
      reply.end(isSet ? JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) }) : "<html>")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return Object.assign(state, { server, url: `http://127.0.0.1:${port}/keys` })
  }),
  ({ server }) =>
    Effect.promise(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
)

type Answer = "set" | "error" | "nonsense" | "cut"
