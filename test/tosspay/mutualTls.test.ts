import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { tossPayClient } from "../../server/tosspay/client.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { anOrder } from "../support/checkouts.ts"

const authority = makeAuthority("The bank's authority")
const stranger = makeAuthority("Somebody else")
const client = authority.issue("shop")

const bank = Layer.orDie(simulatorServer({ tls: { ...authority.issue("bank"), ca: authority.cert } }))

let count = 0

/** What make-payment comes to with these PEM texts in files. */
const makeWith = (pem: { readonly cert?: string; readonly key?: string; readonly ca?: string }) =>
  Effect.gen(function* () {
    const { partnerUrl } = yield* SimulatorAddress
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-tls-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
    )
    const file = (name: string, text: string | undefined) => {
      if (text === undefined) return null
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const settings = {
      baseUrl: partnerUrl,
      certFile: file("cert.pem", pem.cert),
      keyFile: file("key.pem", pem.key),
      caFile: file("ca.pem", pem.ca),
      testPayment: true,
      timeoutMs: 5_000,
    }
    count += 1
    const order = anOrder({ orderId: `test-tls-${count}` })
    return yield* Effect.flatMap(TossPay, (tossPay) => tossPay.make(order, "user-1")).pipe(
      Effect.provide(tossPayClient(settings)),
    )
  }).pipe(Effect.scoped)

describe("the way to TossPay", () => {
  it.layer(bank, { excludeTestServices: true })((it) => {
    it.effect("presents the client certificate and is let in", () =>
      Effect.gen(function* () {
        expect((yield* makeWith({ ...client, ca: authority.cert }))._tag).toBe("Made")
      }),
    )

    it.effect("understands certificates with a literal backslash-n for each line break", () =>
      Effect.gen(function* () {
        const flat = (text: string) => text.trim().replaceAll("\n", "\\n")
        const made = yield* makeWith({
          cert: flat(client.cert),
          key: flat(client.key),
          ca: flat(authority.cert),
        })
        expect(made._tag).toBe("Made")
      }),
    )

    it.effect("gets nothing without a certificate or with another authority's", () =>
      Effect.gen(function* () {
        expect((yield* makeWith({ ca: authority.cert }))._tag).toBe("Unknown")
        expect((yield* makeWith({ ...stranger.issue("shop"), ca: authority.cert }))._tag).toBe("Unknown")
      }),
    )

    it.effect("does not talk to a server that it cannot verify", () =>
      Effect.gen(function* () {
        expect((yield* makeWith({ ...client }))._tag).toBe("Unknown")
        expect((yield* makeWith({ ...client, ca: stranger.cert }))._tag).toBe("Unknown")
      }),
    )

    it.effect("refuses to start with a certificate that is none", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeWith({ cert: "nonsense", key: client.key, ca: authority.cert }))
        expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 2 })
      }),
    )
  })
})
