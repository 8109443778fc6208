import { generateKeyPairSync, X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TLSSocket, TlsOptions } from "node:tls"
import { describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { ClientCertificate } from "../../server/tosspay/certificate.ts"
import { tossPayClient } from "../../server/tosspay/client.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import { makeTransport } from "../../server/tosspay/transport.ts"
import { type Certificate, makeAuthority } from "../simulator/certificates.ts"
import { anOrder } from "../support/checkouts.ts"
import { withLog } from "../support/logged.ts"

const authority = makeAuthority("The bank's authority")
const stranger = makeAuthority("Somebody else")
const client = authority.issue("shop")
const yesterday = new Date(Math.floor(Date.now() / 1000) * 1000 - 86_400_000)
const expired = { to: yesterday }

type Texts = Partial<Certificate & { readonly ca: string }>

/** A folder with these PEM texts, and how to write others over them. */
const filesOf = (texts: Texts) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-tls-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  ).pipe(
    Effect.map((folder) => {
      const path = (name: keyof Texts) => join(folder, `${name}.pem`)
      const write = (over: Texts) => {
        for (const [name, text] of Object.entries(over)) writeFileSync(path(name as keyof Texts), text)
      }
      write(texts)
      const file = (name: keyof Texts) => (texts[name] === undefined ? null : path(name))
      return { write, certFile: file("cert"), keyFile: file("key"), caFile: file("ca") }
    }),
  )

const keyOfAnotherKind = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256

let count = 0

/** What make-payment comes to with these PEM texts in files. */
const makeAt = (baseUrl: string, texts: Texts) =>
  Effect.gen(function* () {
    const settings = { ...(yield* filesOf(texts)), baseUrl, testPayment: true, timeoutMs: 30_000 }
    count += 1
    const order = anOrder({ orderId: `test-tls-${count}` })
    return yield* Effect.flatMap(TossPay, (tossPay) => tossPay.make(order, "user-1")).pipe(
      Effect.provide(tossPayClient(settings)),
    )
  }).pipe(Effect.scoped)

const notSent = { _tag: "Postponed", code: "NOT_SENT" }

/** A server that wants a certificate of the authority, and keeps whose certificate each call came with. */
const bank = (options: TlsOptions = {}, hold: (count: number) => Promise<unknown> = async () => {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const callers: Array<string> = []
      const server: Server = createServer(
        {
          ...authority.issue("bank"),
          ca: authority.cert,
          requestCert: true,
          rejectUnauthorized: true,
          ...options,
        },
        async (request, response) => {
          callers.push((request.socket as TLSSocket).getPeerCertificate().fingerprint256)
          await hold(callers.length)
          response.end("{}")
        },
      )
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
      return { callers, server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
    ({ server }) => Effect.sync(() => server.closeAllConnections() ?? server.close()),
  )

describe("the simulator's listener", () => {
  it.layer(Layer.orDie(simulatorServer({ tls: { ...authority.issue("bank"), ca: authority.cert } })), {
    excludeTestServices: true,
  })((it) => {
    it.effect("lets in who presents a certificate of the right authority", () =>
      Effect.gen(function* () {
        const { partnerUrl } = yield* SimulatorAddress
        expect((yield* makeAt(partnerUrl, { ...client, ca: authority.cert }))._tag).toBe("Made")
      }),
    )

    it.effect("lets in who has PEM with a literal backslash-n for each line break", () =>
      Effect.gen(function* () {
        const { partnerUrl } = yield* SimulatorAddress
        const flat = (text: string) => text.trim().replaceAll("\n", "\\n")
        const { cert, key } = client
        const made = yield* makeAt(partnerUrl, {
          cert: flat(cert),
          key: flat(key),
          ca: flat(authority.cert),
        })
        expect(made._tag).toBe("Made")
      }),
    )
  })
})

describe("a client that the bank does not let in", () => {
  const outcomes: ReadonlyArray<readonly [string, Texts, RegExp]> = [
    ["no certificate", {}, /it (refused|cut) the connection; does it want a client certificate/],
    [
      "another authority's certificate",
      stranger.issue("shop"),
      /it cut the connection; if every call ends so, it does not take the certificate of TOSSPAY_CERT_FILE/,
    ],
    [
      "an expired certificate",
      authority.issue("shop", expired),
      /the client certificate of TOSSPAY_CERT_FILE has expired \(sha256 [0-9A-F:]{95}, expires \d{4}-/,
    ],
  ]

  it.live.each(outcomes)(
    "for %s finds the cause in its log, and does not know that nothing was sent",
    (outcome) =>
      withLog((lines) =>
        Effect.gen(function* () {
          const [, texts, cause] = outcome
          const { url, callers } = yield* bank()
          const made = yield* makeAt(url, { ...texts, ca: authority.cert })
          expect(made).toEqual({ _tag: "Unknown", cause: "CONNECTION_LOST" })
          expect(callers).toEqual([])
          expect(lines).toEqual([expect.stringMatching(cause)])
          expect(lines[0]).toContain("TossPay make-payment has no answer")
        }),
      ),
  )

  it.live("before TLS 1.3 is told so in the handshake, and then nothing was sent", () =>
    withLog((lines) =>
      Effect.gen(function* () {
        const { url } = yield* bank({ maxVersion: "TLSv1.2" })
        expect(yield* makeAt(url, { ca: authority.cert })).toMatchObject(notSent)
        expect(lines).toEqual([
          expect.stringMatching(
            /was not sent: ERR_SSL_\S+_ALERT_HANDSHAKE_FAILURE: it refused the connection/,
          ),
        ])
      }),
    ),
  )
})

describe("a bank that cannot be verified", () => {
  const cases: ReadonlyArray<readonly [string, Certificate, Texts, RegExp]> = [
    ["is of an authority not known here", authority.issue("bank"), { ca: stranger.cert }, /TOSSPAY_CA_FILE/],
    ["is of no authority that the world knows", authority.issue("bank"), {}, /TOSSPAY_CA_FILE/],
    ["has expired", authority.issue("bank", expired), { ca: authority.cert }, /CERT_HAS_EXPIRED/],
    [
      "is for another host",
      authority.issue("bank", { host: "elsewhere" }),
      { ca: authority.cert },
      /ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for another name; look at TOSSPAY_BASE_URL/,
    ],
  ]

  it.live.each(cases)("because its certificate %s gets nothing, and the log says why", (one) =>
    withLog((lines) =>
      Effect.gen(function* () {
        const [, certificate, texts, cause] = one
        const { url, callers } = yield* bank(certificate)
        expect(yield* makeAt(url, { ...client, ...texts })).toMatchObject(notSent)
        expect(callers).toEqual([])
        expect(lines).toEqual([expect.stringMatching(cause)])
        expect(lines[0]).toContain("TossPay make-payment was not sent")
      }),
    ),
  )
})

describe("a renewed certificate", () => {
  const renewed = authority.issue("shop")
  const ca = authority.cert

  /** Longer than it takes to notice. */
  const noticed = TestClock.adjust("1 minute")

  const calling = Effect.fnUntraced(function* (url: string, texts: Texts) {
    const files = yield* filesOf(texts)
    const settings = { ...files, baseUrl: url, testPayment: true, timeoutMs: 30_000 }
    const context = yield* Layer.build(ClientCertificate.layer(settings))
    const send = yield* Effect.provideContext(makeTransport(settings), context)
    return { ...files, call: send("get-payment-status", "user-1", {}) }
  })

  /** As the bank sees it. */
  const nameOf = (fingerprint: string) =>
    ({ [fingerprintOf(client)]: "first", [fingerprintOf(renewed)]: "renewed" })[fingerprint]

  it.effect("is used without a restart, and calls in flight end with the old one; two serve in turn", () =>
    withLog((lines) =>
      Effect.gen(function* () {
        const arrived = yield* Deferred.make<void>()
        let answer: (value: unknown) => void = () => {}
        const held = new Promise((resolve) => {
          answer = resolve
        })
        const { url, callers } = yield* bank({}, async (count) => {
          if (count > 1) return
          Effect.runSync(Deferred.succeed(arrived, undefined))
          await held
        })
        const { call, write } = yield* calling(url, { ...client, ca })
        const inFlight = yield* Effect.forkChild(call)
        yield* Deferred.await(arrived)
        for (const next of [renewed, client, renewed]) {
          write(next)
          yield* noticed
          expect(yield* call).toMatchObject({ _tag: "Reply", status: 200 })
        }
        answer(null)
        expect(yield* Fiber.join(inFlight)).toMatchObject({ _tag: "Reply", status: 200 })
        expect(callers.map(nameOf)).toEqual(["first", "renewed", "first", "renewed"])
        expect(lines.filter((line) => line.includes("renewed certificate from now on"))).toHaveLength(3)
      }),
    ),
  )

  it.effect("is not used while only half of it is there, and the log says so once", () =>
    withLog((lines) =>
      Effect.gen(function* () {
        const { url, callers } = yield* bank()
        const { call, write } = yield* calling(url, { ...client, ca })
        write({ cert: renewed.cert.slice(0, 200) })
        yield* noticed
        yield* call
        write({ cert: renewed.cert })
        yield* noticed
        yield* call
        expect(lines).toEqual([
          expect.stringContaining("must be PEM, and the key the certificate's own"),
          expect.stringContaining("must be PEM, and the key the certificate's own"),
        ])
        write({ key: renewed.key })
        yield* noticed
        yield* call
        expect(callers.map(nameOf)).toEqual(["first", "first", "renewed"])
      }),
    ),
  )

  it.effect("is not used when it has expired already, or its file is gone", () =>
    withLog((lines) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.now())
        const { url, callers } = yield* bank()
        const { call, write, keyFile } = yield* calling(url, { ...client, ca })
        write(authority.issue("shop", expired))
        yield* noticed
        yield* call
        rmSync(keyFile ?? "")
        yield* noticed
        yield* call
        expect(callers.map(nameOf)).toEqual(["first", "first"])
        expect(lines).toEqual([
          expect.stringContaining("the certificate of TOSSPAY_CERT_FILE has expired"),
          expect.stringContaining("TOSSPAY_KEY_FILE cannot be read"),
        ])
      }),
    ),
  )
})

describe("a certificate that is none", () => {
  const nonsense: ReadonlyArray<Texts> = [
    { ...client, cert: "nonsense" },
    { ...client, key: authority.issue("shop").key },
    { ...client, key: keyOfAnotherKind },
    { ...client, ca: "nonsense" },
    { ...client, ca: authority.cert.slice(0, 200) },
  ]

  it.effect.each(nonsense)("stops the start", (texts) =>
    Effect.gen(function* () {
      const files = yield* filesOf(texts)
      const error = yield* Effect.flip(Layer.build(ClientCertificate.layer(files)))
      expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 2 })
    }),
  )
})
