/**
 * The bank's books: every payment by its token, every order number ever used, and the ledger.
 * A pure value: events go in, the next books come out. What may happen is decided in calls.ts and buyer.ts.
 */

import { Chunk, HashMap, Option } from "effect"
import { type BankEvent, evolve, type LedgerEntry, made, type Payment, standing } from "./payment.ts"
import { tossTime } from "./tossTime.ts"

export interface Bank {
  readonly payments: HashMap.HashMap<string, Payment>
  /** The token behind each order number. Test and live share one space (TossPay reference: orderNo rules). */
  readonly orders: HashMap.HashMap<string, string>
  /** Tokens in the order in which they were made. */
  readonly tokens: Chunk.Chunk<string>
  /** What money really moved, oldest first. Only ever grows. */
  readonly ledger: Chunk.Chunk<LedgerEntry>
}

export const emptyBank: Bank = {
  payments: HashMap.empty(),
  orders: HashMap.empty(),
  tokens: Chunk.empty(),
  ledger: Chunk.empty(),
}

/** The books after the event. Throws on an event that cannot have been decided on these books. */
export const apply = (bank: Bank, event: BankEvent): Bank => {
  if (event.type === "Made") {
    const { payToken, orderNo } = event.agreed
    if (HashMap.has(bank.payments, payToken)) throw new Error(`payToken ${payToken} was handed out twice`)
    return {
      payments: HashMap.set(bank.payments, payToken, made(event)),
      orders: HashMap.set(bank.orders, orderNo, payToken),
      tokens: Chunk.append(bank.tokens, payToken),
      ledger: bank.ledger,
    }
  }
  const before = Option.getOrUndefined(HashMap.get(bank.payments, event.payToken))
  if (before === undefined) throw new Error(`there is no payment ${event.payToken}`)
  const after = evolve(before, event)
  const entry = after.movements[before.movements.length]
  return {
    ...bank,
    payments: HashMap.set(bank.payments, event.payToken, after),
    ledger: entry === undefined ? bank.ledger : Chunk.append(bank.ledger, entry),
  }
}

/** The payment as it stands at `now`, or `null`. */
export const paymentAt = (bank: Bank, payToken: string, now: number): Payment | null => {
  const payment = Option.getOrUndefined(HashMap.get(bank.payments, payToken))
  return payment === undefined ? null : standing(payment, now)
}

export const tokenOf = (bank: Bank, orderNo: string): string | null =>
  Option.getOrNull(HashMap.get(bank.orders, orderNo))

/** Every payment as it stands at `now`, oldest first. */
export const paymentsAt = (bank: Bank, now: number): ReadonlyArray<Payment> =>
  Chunk.toReadonlyArray(bank.tokens).flatMap((payToken) => paymentAt(bank, payToken, now) ?? [])

/** Won that went back to buyers on the day in Korea that `now` is in. The ledger is in the order of time. */
export const refundedOnDayOf = (bank: Bank, now: number): number => {
  const today = dayOf(now)
  let sum = 0
  for (const { kind, amount, at } of Chunk.reverse(bank.ledger)) {
    if (dayOf(at) !== today) break
    if (kind === "refund") sum += amount
  }
  return sum
}

const dayOf = (epochMs: number): string => tossTime(epochMs).slice(0, 10)
