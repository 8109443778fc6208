/**
 * The keys of the checkpoints (Ed25519, PEM). The file that CHECKPOINT_KEY_FILE names holds the private key that signs;
 * after it may stand public keys that signed before, or only public keys where checkpoints are checked and never made.
 */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Context, Effect, Layer } from "effect"
import { checkpointKeyShape } from "../config.ts"
import { usableDataDir } from "../dataDir.ts"
import { CannotStart } from "../errors.ts"

export interface Signer {
  readonly keyId: string
  /** The signature of a text, in base64. */
  sign(text: string): string
}

export class CheckpointKeys extends Context.Service<
  CheckpointKeys,
  {
    /** `null`: there are only public keys. */
    readonly signer: Signer | null
    /** There is no key file, so no signature can be checked. */
    readonly isEmpty: boolean
    /** `null`: the key is not one of those we know. */
    verify(keyId: string, text: string, signature: string): boolean | null
  }
>()("tosspay-checkout/server/CheckpointKeys") {
  /** What signs for a server. `isMade`: the file is made, with a new key, if it is not there. */
  static readonly signing = (file: string, isMade: boolean) =>
    Layer.effect(CheckpointKeys, signingKeys(file, isMade))
  /** What checks signatures, wherever it is done. */
  static readonly checking = (file: string) => Layer.effect(CheckpointKeys, checkingKeys(file))
}

/** A key's name: the first 16 hex digits of the SHA-256 of the public key's 32 bytes. */
const keyIdOf = (key: KeyObject): string => {
  const { x = "" } = key.export({ format: "jwk" })
  return hash("sha256", Buffer.from(x, "base64url")).slice(0, 16)
}

/** Throws if there is anything in the text that is not an Ed25519 key. */
export const keysOf = (pem: string): CheckpointKeys["Service"] => {
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? []
  const privateKeys = blocks
    .filter((block) => block.includes("PRIVATE KEY"))
    .map((block) => createPrivateKey(block))
  const publicKeys = blocks.map((block) => createPublicKey(block))
  if (publicKeys.length === 0 || publicKeys.some((key) => key.asymmetricKeyType !== "ed25519")) {
    throw new TypeError("not an Ed25519 key in PEM")
  }
  const trusted = new Map(publicKeys.map((key) => [keyIdOf(key), key]))
  const [privateKey] = privateKeys
  return {
    signer: privateKey === undefined ? null : signerOf(privateKey),
    isEmpty: false,
    verify: (keyId, text, signature) => {
      const key = trusted.get(keyId)
      return key === undefined ? null : verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"))
    },
  }
}

const signerOf = (key: KeyObject): Signer => ({
  keyId: keyIdOf(createPublicKey(key)),
  sign: (text) => sign(null, Buffer.from(text), key).toString("base64"),
})

const signingKeys = Effect.fnUntraced(function* (file: string, isMade: boolean) {
  if (isMade) yield* made(file)
  const wrong = new CannotStart({
    exitCode: 2,
    reason: `CHECKPOINT_KEY_FILE must be ${checkpointKeyShape}`,
  })
  const keys = yield* readKeys(file).pipe(Effect.catch(() => Effect.fail(wrong)))
  return keys === null || keys.signer === null ? yield* wrong : keys
})

const checkingKeys = (file: string) =>
  readKeys(file).pipe(
    Effect.map((keys) => keys ?? noKeys),
    Effect.mapError(
      () =>
        new CannotStart({
          exitCode: 2,
          reason: "CHECKPOINT_KEY_FILE must hold Ed25519 keys (PEM), private or public",
        }),
    ),
  )

/** `null` if there is no file. */
const readKeys = (file: string) =>
  Effect.try({
    try: () => (existsSync(file) ? keysOf(readFileSync(file, "utf8")) : null),
    catch: (cause) => cause,
  })

/** Knows no signature. */
const noKeys: CheckpointKeys["Service"] = { signer: null, isEmpty: true, verify: () => null }

const made = (file: string) =>
  Effect.andThen(
    usableDataDir(dirname(file)),
    Effect.sync(() => {
      const { privateKey } = generateKeyPairSync("ed25519")
      try {
        writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 })
      } catch {
        // It is there already, from an earlier start or from a process that started at the same moment.
      }
    }),
  )
