/**
 * One buyer, from the order to an answer or to giving up: taps twice, closes sheets, asks again on another server when
 * nobody answers, and sometimes just goes away.
 */

import { SeededRandom } from "../simulation/random.ts"
import type { Bank } from "./bank.ts"
import type { Servers } from "./programs.ts"
import { type Answers, pause, type Reply, type Shop, shopOf } from "./shop.ts"

export interface Street {
  readonly fleet: Servers
  readonly bank: Bank
  readonly answers: Answers
  /** Nobody shops any longer. */
  readonly closing: AbortSignal
}

interface Buyer {
  readonly userKey: string
  readonly random: SeededRandom
  readonly shop: Shop
  readonly street: Street
}

/** A whole lifecycle. Everything the buyer wants follows from the seed; what it meets does not. */
export const shopOnce = async (street: Street, seed: number, userKey: string): Promise<void> => {
  const random = new SeededRandom(seed)
  const leaving = new AbortController()
  const gone = AbortSignal.any([street.closing, leaving.signal])
  const shop = shopOf(street.fleet, street.answers, random, gone)
  const buyer: Buyer = { userKey, random, shop, street }

  const payToken = await create(buyer)
  if (payToken === null) return
  if (!(await authenticate(buyer, payToken)) || random.chance(0.08)) return
  // Some put the telephone away while the payment is under way.
  if (random.chance(0.06)) setTimeout(() => leaving.abort(), random.whole(0, 300))
  await tap(buyer, payToken)
}

/** The payToken; `null` if the buyer does not get one. */
const create = async ({ random, shop, street, userKey }: Buyer): Promise<string | null> => {
  const order = { amount: random.whole(100, 90_000) }
  // The key makes a repeated request the same request; who has none may open two orders and pays one of them.
  const headers = random.chance(0.9) ? { "idempotency-key": `order-${userKey}` } : {}
  for (let tries = 0; tries < mostQuestions; tries += 1) {
    const reply = await shop.post("/api/payment/create", order, userKey, headers)
    if (reply?.status === 409) {
      await pause(random.whole(50, 250))
      continue
    }
    if (reply?.status !== 201) return null
    const created = reply.body as { orderId: string; payToken: string; amount: number }
    street.answers.created.push(created)
    return created.payToken
  }
  return null
}

/** The sheet. Whether the buyer means to pay. */
const authenticate = async (buyer: Buyer, payToken: string): Promise<boolean> => {
  const { random, street, userKey, shop } = buyer
  const report = (outcome: string) =>
    random.chance(0.5)
      ? shop.post("/api/payment/authentication", { payToken, outcome }, userKey)
      : Promise.resolve(null)
  await report("started")
  await pause(random.whole(0, 200))
  if (random.chance(0.12)) {
    await street.bank.sheet(payToken, "close")
    await report("rejected")
    if (random.chance(0.5)) return random.chance(0.2)
  }
  const action = random.chance(0.95) ? "approve" : "decline"
  await street.bank.sheet(payToken, action)
  await report(action === "approve" ? random.pick(["succeeded", "unknown"]) : "rejected")
  return true
}

/** One tap or several, each asked until there is a definite answer. */
const tap = async (buyer: Buyer, payToken: string): Promise<void> => {
  const taps = buyer.random.chance(0.3) ? buyer.random.whole(2, 3) : 1
  await Promise.all(Array.from({ length: taps }, () => execute(buyer, payToken)))
}

const execute = async ({ random, shop, street, userKey }: Buyer, payToken: string): Promise<void> => {
  for (let questions = 0; questions < mostQuestions; questions += 1) {
    const reply = await shop.post("/api/payment/execute", { payToken }, userKey)
    if (reply === null) return
    if (reply.status !== 202) {
      street.answers.executed.push({ payToken, reply })
      return
    }
    await pause(Math.min(retryAfterMs(reply), random.whole(100, 900)))
  }
}

const retryAfterMs = ({ body }: Reply): number => Number(body["retryAfterMs"] ?? 500)

/** After so many a buyer gives up and looks at the orders tomorrow. */
const mostQuestions = 25
