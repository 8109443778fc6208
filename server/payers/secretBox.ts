/** Sealing small secrets: AES-256-GCM, bound to the row that they belong to. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"

const ivBytes = 12
const tagBytes = 16

export const newKey = (): Buffer => randomBytes(32)

/** iv, tag and ciphertext; bound to `owner`, so that a sealed secret cannot be moved to another row. */
export const seal = (key: Buffer, owner: string, secret: Buffer): Buffer => {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** Throws if it was sealed with another key, for another owner, or tampered with: a defect. */
export const unseal = (key: Buffer, owner: string, sealed: Buffer): Buffer => {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes)).setAAD(
    Buffer.from(owner),
  )
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()])
}
