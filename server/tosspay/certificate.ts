/**
 * The client certificate for TossPay. It is read and checked at the start, and looked at again and again, so that a renewed one is
 * used without a restart. What cannot be used, such as a pair of which only one half is there yet, is not: the one before stays.
 */

import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { Clock, Context, Effect, Layer, Result } from "effect"
import { CannotStart } from "../errors.ts"
import type { TossPaySettings } from "./settings.ts"

/** PEM texts, as TLS takes them. What is absent is not set. */
export interface Pem {
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
}

export interface Credentials {
  readonly pem: Pem
  /** SHA-256 of the client certificate, and the moment from which it is no longer good. `null` where there is none. */
  readonly own: { readonly fingerprint: string; readonly expiresAtMs: number } | null
}

export class ClientCertificate extends Context.Service<
  ClientCertificate,
  {
    /** What new connections are made with now: the same object until it changes. */
    inUse(): Credentials
  }
>()("tosspay-checkout/server/ClientCertificate") {
  /** Fails where the files cannot be read or used. */
  static readonly layer = (files: CertificateFiles) => Layer.effect(ClientCertificate, make(files))
}

type CertificateFiles = Pick<TossPaySettings, "certFile" | "keyFile" | "caFile">

/** Between two looks. A renewed certificate is in use after two of them. */
const lookMs = 5_000

const make = Effect.fnUntraced(function* (files: CertificateFiles) {
  let inUse = yield* Effect.flatMap(read(files), check)
  /** What the last look found, if it is not in use. */
  let before: string | null = null
  /** What was found and cannot be used, so that it is said once. */
  let refused: string | null = null

  const use = Effect.fnUntraced(function* (renewed: Credentials) {
    if (renewed.own !== null && renewed.own.expiresAtMs <= (yield* Clock.currentTimeMillis)) {
      return yield* cannotUse("the certificate of TOSSPAY_CERT_FILE has expired")
    }
    inUse = renewed
    yield* Effect.logInfo(`TossPay is called with a renewed certificate from now on: ${inWords(renewed)}`)
  })

  const look = Effect.gen(function* () {
    const pem = yield* Effect.result(read(files))
    const found = Result.isSuccess(pem) ? textOf(pem.success) : pem.failure.reason
    // What is half written now is whole at the next look: only what stays is used.
    const stays = found === before
    before = found
    if (!stays || found === refused || found === textOf(inUse.pem)) return
    yield* Effect.fromResult(pem).pipe(
      Effect.flatMap(check),
      Effect.flatMap(use),
      Effect.catchTag("CannotStart", ({ reason }) => {
        refused = found
        return Effect.logError(`the renewed certificate for TossPay is not used: ${reason}`)
      }),
    )
  })

  if (Object.values(files).some((file) => file !== null)) {
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(lookMs), look)))
  }
  return ClientCertificate.of({ inUse: () => inUse })
})

const textOf = (pem: Pem): string => JSON.stringify(pem)

/** What an operator knows a certificate by. Neither is a secret. */
export const inWords = ({ own }: Credentials): string =>
  own === null
    ? "no client certificate"
    : `sha256 ${own.fingerprint}, expires ${new Date(own.expiresAtMs).toISOString()}`

const read = ({ certFile, keyFile, caFile }: CertificateFiles): Effect.Effect<Pem, CannotStart> =>
  Effect.map(
    Effect.all([
      pem("cert", "TOSSPAY_CERT_FILE", certFile),
      pem("key", "TOSSPAY_KEY_FILE", keyFile),
      pem("ca", "TOSSPAY_CA_FILE", caFile),
    ]),
    ([cert, key, ca]) => ({ ...cert, ...key, ...ca }),
  )

/** Certificates that came through an environment variable often carry a literal backslash-n for each line break. */
const pem = <Name extends string>(name: Name, variable: string, path: string | null) =>
  path === null
    ? Effect.succeed({})
    : Effect.try({
        try: () => ({ [name]: readFileSync(path, "utf8").replaceAll("\\n", "\n") }) as Record<Name, string>,
        catch: () => new CannotStart({ exitCode: 3, reason: `${variable} cannot be read: ${path}` }),
      })

/** Looked at before it is used, so that a wrong file stops the start and not the first payment. */
const check = (pem: Pem): Effect.Effect<Credentials, CannotStart> =>
  Effect.try({
    try: () => {
      createSecureContext(pem)
      const authorities = blocks(pem.ca)
      if (pem.ca !== undefined && authorities.length === 0) throw unusable
      for (const text of authorities) new X509Certificate(text)
      if (pem.cert === undefined) return { pem, own: null }
      const own = new X509Certificate(pem.cert)
      // TLS takes a key of another kind in silence, and then presents no certificate.
      if (pem.key !== undefined && !own.checkPrivateKey(createPrivateKey(pem.key))) throw unusable
      return { pem, own: { fingerprint: own.fingerprint256, expiresAtMs: own.validToDate.getTime() } }
    },
    catch: () => unusable,
  })

/** TLS itself takes an authority that is none in silence, and then trusts nobody. */
const blocks = (ca: string | undefined): ReadonlyArray<string> =>
  ca === undefined ? [] : ca.split(/(?<=-----END CERTIFICATE-----)/).filter((text) => text.trim() !== "")

const cannotUse = (reason: string) => new CannotStart({ exitCode: 2, reason })

const unusable = cannotUse(
  "TOSSPAY_CERT_FILE, TOSSPAY_KEY_FILE and TOSSPAY_CA_FILE must be PEM, and the key the certificate's own",
)
