/** What happens to checkouts, and how often: most are paid, and everything that can go wrong does for some. */

import { Effect } from "effect"
import type { SeededRandom } from "../simulation/random.ts"
import type { Buyer } from "./buyer.ts"

/** From the order to a buyer who has authenticated. */
const authenticated = Effect.fnUntraced(function* (buyer: Buyer) {
  const { random, wait } = buyer
  const payToken = yield* buyer.create
  wait(random.whole(900, 9_000))
  yield* buyer.report(payToken, "started")
  wait(random.whole(4_000, 45_000))
  yield* buyer.sheet(payToken, "approve")
  wait(random.whole(200, 1_500))
  return payToken
})

/** The execution of a buyer who has authenticated, with this trouble on the way. */
const executedWith = (...faults: ReadonlyArray<Parameters<Buyer["fault"]>[0]>) =>
  Effect.fnUntraced(function* (buyer: Buyer) {
    const payToken = yield* authenticated(buyer)
    for (const fault of faults) yield* buyer.fault({ ...fault, payToken })
    yield* buyer.execute(payToken)
    return payToken
  })

const paid = executedWith()

const closedFirst = Effect.fnUntraced(function* (buyer: Buyer) {
  const payToken = yield* buyer.create
  yield* buyer.report(payToken, "started")
  buyer.wait(buyer.random.whole(2_000, 20_000))
  yield* buyer.report(payToken, "rejected", "사용자가 결제를 취소했어요.")
  buyer.wait(buyer.random.whole(3_000, 60_000))
  yield* buyer.report(payToken, "started")
  buyer.wait(buyer.random.whole(4_000, 30_000))
  yield* buyer.sheet(payToken, "approve")
  yield* buyer.execute(payToken)
})

const declined = Effect.fnUntraced(function* (buyer: Buyer) {
  const payToken = yield* buyer.create
  yield* buyer.report(payToken, "started")
  buyer.wait(buyer.random.whole(3_000, 40_000))
  yield* buyer.sheet(payToken, "decline")
  yield* buyer.execute(payToken)
})

const refused = (code: string) => executedWith({ call: "execute-payment", fault: "errorCode", value: code })

const lapsed = Effect.fnUntraced(function* (buyer: Buyer) {
  const payToken = yield* buyer.create
  yield* buyer.untilDue(payToken)
})

/** Refused once, then paid with another card. */
const refusedThenPaid = Effect.fnUntraced(function* (buyer: Buyer) {
  const payToken = yield* refused("CARD_EXCEED_LIMIT")(buyer)
  buyer.wait(buyer.random.whole(10_000, 90_000))
  yield* buyer.execute(payToken)
})

/** Nobody knows yet: the reply was lost, and so were the answers to the first questions. */
const unknown = executedWith(
  { call: "execute-payment", fault: "replyLostAfter" },
  { call: "get-payment-status", fault: "http503", times: 3 },
)

/** The same, until the third question is answered. */
const foundOut = Effect.fnUntraced(function* (buyer: Buyer) {
  const payToken = yield* unknown(buyer)
  for (let question = 0; question < 3; question += 1) yield* buyer.untilDue(payToken)
})

/** TossPay had no time; the next try, a little later, charges. */
const postponed = Effect.fnUntraced(function* (buyer: Buyer) {
  yield* buyer.untilDue(yield* executedWith({ call: "execute-payment", fault: "http429" })(buyer))
})

const weighed = [
  [640, paid],
  [60, closedFirst],
  [50, declined],
  [30, refused("COMMON_NOT_ENOUGH_CASH")],
  [20, refused("CARD_EXCEED_LIMIT")],
  [20, refusedThenPaid],
  [90, lapsed],
  [40, executedWith({ call: "execute-payment", fault: "replyLostAfter" })],
  [25, foundOut],
  [10, postponed],
  [8, executedWith({ call: "execute-payment", fault: "wrongAmount" })],
  [2, executedWith({ call: "execute-payment", fault: "wrongMode" })],
] as const

const allWeights = weighed.reduce((sum, [weight]) => sum + weight, 0)

/** The story of a checkout that is over. */
export const pastStory = (random: SeededRandom) => {
  let left = random.whole(1, allWeights)
  for (const [weight, story] of weighed) {
    left -= weight
    if (left <= 0) return story
  }
  return paid
}

/** The story of a checkout that has just begun, or that nobody knows the end of. */
export const presentStory = (random: SeededRandom) =>
  random.chance(0.3) ? unknown : random.chance(0.5) ? authenticated : (buyer: Buyer) => buyer.create
