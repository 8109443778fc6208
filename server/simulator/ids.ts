/** The identifiers that the bank hands out. Injected, so that a seeded rehearsal gets the same ones every time. */

import { randomBytes, randomUUID } from "node:crypto"

export interface Ids {
  /** Names a payment: at most 30 characters, never the same twice (TossPay reference: make-payment). */
  readonly payToken: () => string
  /** Names one movement of money: 36 characters (TossPay reference: execute-payment). */
  readonly transactionId: () => string
  /** Names a refund: at most 36 characters. */
  readonly refundNo: () => string
}

export const randomIds: Ids = {
  payToken: () => base62(22),
  transactionId: randomUUID,
  refundNo: randomUUID,
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** Bytes beyond the last multiple of 62 are thrown away, or some characters would come more often than others. */
const base62 = (length: number): string => {
  let text = ""
  while (text.length < length) {
    const byte = randomByte()
    if (byte < 248) text += alphabet[byte % 62]
  }
  return text
}

/** Fetching randomness costs the same for a few bytes as for thousands. */
let pool = Buffer.alloc(0)
let next = 0
const randomByte = (): number => {
  if (next >= pool.length) {
    pool = randomBytes(4096)
    next = 0
  }
  return pool.readUInt8(next++)
}
