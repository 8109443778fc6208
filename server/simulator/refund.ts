/**
 * How money goes back: asked for by the shop in a call, or by somebody at TossPay's own dashboard. It takes two moves along the
 * status graph, and in between, for as long as the settings say, TossPay is at it and answers nobody.
 */

import { type Bank, paymentAt, refundedOnDayOf } from "./bank.ts"
import type { Begun, Decision, World } from "./decision.ts"
import {
  type BankEvent,
  evolve,
  type LedgerEntry,
  leftOf,
  move,
  type Payment,
  type Refunder,
} from "./payment.ts"
import { type RefundRefusal, refusalToRefund } from "./refusals.ts"

interface Asked {
  readonly madeBy: Refunder
  /** Won; absent: all that is left. */
  readonly part?: number | undefined
}

/** What the one who asked is told. */
interface Telling<A> {
  readonly refused: (code: RefundRefusal) => A
  readonly refunded: (after: Payment, entry: LedgerEntry) => A
}

export const decideRefund = <A>(
  bank: Bank,
  payment: Payment,
  asked: Asked,
  world: World,
  tell: Telling<A>,
): Decision<A> | Begun<A> => {
  const { now, settings } = world
  const amount = asked.part ?? leftOf(payment)
  const code = refusalToRefund(payment, amount, { settings, refundedToday: refundedOnDayOf(bank, now) })
  if (code !== null) return { events: [], value: tell.refused(code) }
  if (settings.refundTakesMs === 0) {
    const begun = move(payment.payToken, "REFUND_PROGRESS", now)
    const { events, value } = finish(evolve(payment, begun), asked, world, tell)
    return { events: [begun, ...events], value }
  }
  const endsAt = now + settings.refundTakesMs
  return {
    events: [move(payment.payToken, "REFUND_PROGRESS", now, { ...onRecord(asked), endsAt })],
    afterMs: settings.refundTakesMs,
    end: ending(payment, asked, tell),
  }
}

/** The refunds that a bank had begun and not ended when it died. Who asked for them hears nothing more. */
export const unendedRefunds = (
  bank: Bank,
  past: ReadonlyArray<BankEvent>,
  now: number,
): ReadonlyArray<Begun<null>> => {
  const moves = past.filter((event) => event.type === "Moved")
  const latest = new Map(moves.map((event) => [event.payToken, event]))
  return [...latest.values()].flatMap(({ payToken, endsAt, madeBy = "shop", part }) => {
    const payment = paymentAt(bank, payToken, now)
    if (payment === null || endsAt === undefined) return []
    return [
      { events: [], afterMs: Math.max(0, endsAt - now), end: ending(payment, { madeBy, part }, tellNobody) },
    ]
  })
}

const tellNobody: Telling<null> = { refused: () => null, refunded: () => null }

/** Meanwhile somebody may have moved it on by hand, or back, which is how a refund fails. */
const ending =
  <A>(payment: Payment, asked: Asked, tell: Telling<A>): Begun<A>["end"] =>
  (later, world) =>
    finish(paymentAt(later, payment.payToken, world.now) ?? payment, asked, world, tell)

const finish = <A>(payment: Payment, asked: Asked, { now, ids }: World, tell: Telling<A>): Decision<A> => {
  if (payment.payStatus !== "REFUND_PROGRESS") {
    const isBack = payment.payStatus === "PAY_COMPLETE"
    return { events: [], value: tell.refused(isBack ? "COMMON_REFUND_ERROR" : "REFUND_ALREADY_REFUNDED") }
  }
  const names = { transactionId: ids.transactionId(), refundNo: ids.refundNo() }
  const done = move(payment.payToken, "REFUND_SUCCESS", now, {
    ...names,
    ...onRecord(asked),
  })
  const after = evolve(payment, done)
  const entry = after.movements.at(-1)
  if (entry === undefined) throw new Error(`${payment.payToken}: no money moved`)
  return { events: [done], value: tell.refunded(after, entry) }
}

const onRecord = ({ madeBy, part }: Asked) => ({
  ...(madeBy === "dashboard" && { madeBy }),
  ...(part !== undefined && { part }),
})
