/**
 * Certificates for one test, made on the spot: X.509 v3 in DER, as much of it as a TLS handshake looks at (RFC 5280).
 * Node signs but does not issue certificates, and a test must not depend on a tool that may not be there.
 */

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface Authority extends Certificate {
  /** A certificate signed by this authority. */
  readonly issue: (name: string, terms?: Partial<Terms>) => Certificate
}

export interface Terms {
  /** From when and until when it is good, in whole seconds. Without a word from 2020 to 2049. */
  readonly from: Date
  readonly to: Date
  /** Whether it is good for 127.0.0.1 and localhost, or for a host called elsewhere. */
  readonly host: "here" | "elsewhere"
}

const always: Terms = {
  from: new Date("2020-01-01T00:00:00Z"),
  to: new Date("2049-12-31T23:59:59Z"),
  host: "here",
}

export const makeAuthority = (name: string): Authority => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const issue = (subject: string, terms: Partial<Terms> = {}): Certificate => {
    const own = generateKeyPairSync("ec", { namedCurve: "P-256" })
    return {
      cert: certificate({
        subject,
        publicKey: own.publicKey,
        issuer: name,
        signer: keys.privateKey,
        authority: false,
        terms: { ...always, ...terms },
      }),
      key: pemKey(own.privateKey),
    }
  }
  const { publicKey, privateKey: signer } = keys
  const cert = certificate({ subject: name, publicKey, issuer: name, signer, authority: true, terms: always })
  return { cert, key: pemKey(signer), issue }
}

const pemKey = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString()

const certificate = (options: {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly issuer: string
  readonly signer: KeyObject
  readonly authority: boolean
  readonly terms: Terms
}): string => {
  const { subject, publicKey, issuer, signer, authority, terms } = options
  const extensions = authority
    ? [extension("551d13", sequence(der(0x01, Buffer.from([0xff]))))]
    : [
        extension("551d13", sequence()),
        extension(
          "551d11",
          terms.host === "here"
            ? sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))
            : sequence(der(0x82, Buffer.from("elsewhere"))),
        ),
      ]
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(utcTime(terms.from), utcTime(terms.to)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  )
  const signed = sequence(body, ecdsaWithSha256, bitString(sign("sha256", body, signer)))
  const lines = signed.toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

const der = (tag: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: ReadonlyArray<Buffer>) => der(0x30, ...parts)
const integer = (value: Buffer) => der(0x02, value)
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const utcTime = (time: Date) =>
  der(
    0x17,
    Buffer.from(
      `${time
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, "")
        .slice(2)}`,
    ),
  )
const bitString = (content: Buffer) => der(0x03, Buffer.from([0]), content)
const extension = (hex: string, value: Buffer) => sequence(oid(hex), der(0x04, value))
const distinguishedName = (name: string) =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))))
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"))
