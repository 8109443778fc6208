/**
 * The stand-in for TossPay as a service: the bank's books, the switched-on faults, the clock and the journal around
 * the pure decisions. Whoever lives in the same process may use it without HTTP, on virtual time and with seeded ids.
 */

import { Chunk, Context, Effect, Fiber, Layer, Option, Predicate, Result, Schema, Scope } from "effect"
import { CannotStart } from "../errors.ts"
import { apply, type Bank, emptyBank, paymentAt, paymentsAt, tokenOf } from "./bank.ts"
import {
  decideDashboardRefund,
  decideMove,
  decideSheetAction,
  type NotPossible,
  type SheetAction,
  type Verdict,
} from "./buyer.ts"
import { type CallName, decideCall } from "./calls.ts"
import { type Begun, type Decision, defaultSettings, type Settings, type World } from "./decision.ts"
import { toWire, type WireReply } from "./envelope.ts"
import { courseOf, type Fault, type Subject, takeFault } from "./faults.ts"
import { type Ids, randomIds } from "./ids.ts"
import { noJournal, openJournal } from "./journal.ts"
import type { LedgerEntry, Payment } from "./payment.ts"
import { unendedRefunds } from "./refund.ts"
import type { PayStatus } from "./status.ts"

export interface SimulatorOptions extends Partial<Settings> {
  /** Where the books are kept, so that they survive a restart. Absent: in memory only. */
  readonly journalFile?: string | undefined
  /** Absent: random ones. */
  readonly ids?: Ids | undefined
}

export class TossPaySimulator extends Context.Service<
  TossPaySimulator,
  {
    /**
     * One call of the partner API: header names in lower case, the body as text. `Lost` means that the caller hears
     * nothing, whatever happened at the bank. Delays are taken on the Effect clock.
     */
    call(name: CallName, headers: WireHeaders, body: string): Effect.Effect<WireReply>
    /** What the buyer does on the sheet; gives the status after it. */
    sheet(payToken: string, action: SheetAction): Effect.Effect<PayStatus, NotPossible>
    /** Moves a payment along one edge of the status graph, to rehearse states that no call leads to. */
    moveStatus(payToken: string, to: PayStatus): Effect.Effect<PayStatus, NotPossible>
    /**
     * Somebody gives it back on TossPay's own dashboard, or a `part` of it, in won; gives the status once that is over.
     */
    dashboardRefund(payToken: string, part?: number): Effect.Effect<PayStatus, NotPossible>
    payment(payToken: string): Effect.Effect<Payment | null>
    /** Oldest first. */
    readonly payments: Effect.Effect<ReadonlyArray<Payment>>
    /** What money really moved, oldest first. The one truth to compare a shop's books with. */
    readonly ledger: Effect.Effect<ReadonlyArray<LedgerEntry>>
    /** Switches a fault on. Of several that fit a call, the oldest takes it. */
    setFault(fault: Fault): Effect.Effect<void>
    readonly faults: Effect.Effect<ReadonlyArray<Fault>>
    readonly clearFaults: Effect.Effect<void>
    readonly settings: Effect.Effect<Settings>
    /** What is absent stays as it is. */
    changeSettings(changes: Partial<Settings>): Effect.Effect<Settings>
  }
>()("tosspay-checkout/simulator/TossPaySimulator") {
  static readonly layer = (options: SimulatorOptions = {}): Layer.Layer<TossPaySimulator, CannotStart> =>
    Layer.effect(TossPaySimulator, makeSimulator(options))
}

export type WireHeaders = Readonly<Record<string, string | undefined>>

const makeSimulator = Effect.fnUntraced(function* (options: SimulatorOptions) {
  const scope = yield* Scope.Scope
  const journal = options.journalFile === undefined ? noJournal : yield* openJournal(options.journalFile)
  const ids = options.ids ?? randomIds
  let settings = changed(defaultSettings, options)
  let faults: ReadonlyArray<Fault> = []
  let bank = yield* replay(journal.decisions)
  let latest = journal.decisions.at(-1)?.at(-1)?.at ?? 0

  /** The bank's time never runs backwards, or a payment that has lapsed could come back to life. */
  const now = Effect.clockWith((clock) => {
    latest = Math.max(latest, clock.currentTimeMillisUnsafe())
    return Effect.succeed(latest)
  })
  const world = Effect.map(now, (now): World => ({ now, ids, settings }))

  /** Nothing is on the books before it is in the journal. */
  const commit = <A>({ events, value }: Decision<A>): A => {
    if (events.length === 0) return value
    const next = events.reduce(apply, bank)
    journal.append(events)
    bank = next
    return value
  }
  const conclude = (verdict: Verdict) =>
    Result.isSuccess(verdict) ? Effect.succeed(commit(verdict.success)) : Effect.fail(verdict.failure)

  const faultFor = (name: CallName, body: string): Fault | null => {
    if (!faults.some((fault) => fault.call === name)) return null
    const { taken, left } = takeFault(faults, subjectOf(bank, name, body))
    faults = left
    return taken
  }

  const call = (name: CallName, headers: WireHeaders, body: string): Effect.Effect<WireReply> =>
    Effect.suspend(() => {
      const decided = Effect.flatMap(world, (world) =>
        carryOut(decideCall(bank, { name, headers, body }, world)),
      )
      const fault = faultFor(name, body)
      if (fault === null) return Effect.map(decided, toWire)
      const course = courseOf(fault)
      const reply = Effect.map(course.happens ? decided : Effect.succeed(null), course.reply)
      const held = course.waitBeforeMs === 0 ? reply : heldUp(reply, course.waitBeforeMs)
      return course.waitAfterMs === 0 ? held : Effect.tap(held, Effect.sleep(course.waitAfterMs))
    })

  /** What takes its time is decided on the books as they are by then. */
  const carryOut = <A>(decision: Decision<A> | Begun<A>): Effect.Effect<A> => {
    if ("value" in decision) return Effect.sync(() => commit(decision))
    commit({ events: decision.events, value: null })
    return heldUp(
      Effect.map(world, (world) => commit(decision.end(bank, world))),
      decision.afterMs,
    )
  }

  /** In a fiber of the bank's own: the caller who gives up does not take the call back. */
  const heldUp = <A>(act: Effect.Effect<A>, delayMs: number): Effect.Effect<A> =>
    Effect.flatMap(Effect.forkIn(Effect.delay(act, delayMs), scope), Fiber.join)

  for (const unended of unendedRefunds(bank, journal.decisions.flat(), yield* now)) {
    yield* Effect.forkIn(carryOut(unended), scope)
  }

  return TossPaySimulator.of({
    call,
    sheet: (payToken, action) =>
      Effect.flatMap(world, (world) => conclude(decideSheetAction(bank, payToken, action, world))),
    moveStatus: (payToken, to) =>
      Effect.flatMap(world, (world) => conclude(decideMove(bank, payToken, to, world))),
    dashboardRefund: (payToken, part) =>
      Effect.flatMap(world, (world) => carryOut(decideDashboardRefund(bank, payToken, part, world))).pipe(
        Effect.flatMap((result) => Effect.fromResult(result)),
      ),
    payment: (payToken) => Effect.map(now, (now) => paymentAt(bank, payToken, now)),
    payments: Effect.map(now, (now) => paymentsAt(bank, now)),
    ledger: Effect.sync(() => Chunk.toReadonlyArray(bank.ledger)),
    setFault: (fault) =>
      Effect.sync(() => {
        faults = [...faults, fault]
      }),
    faults: Effect.sync(() => faults),
    clearFaults: Effect.sync(() => {
      faults = []
    }),
    settings: Effect.sync(() => settings),
    changeSettings: (changes) =>
      Effect.sync(() => {
        settings = changed(settings, changes)
        return settings
      }),
  })
})

const changed = (settings: Settings, changes: Partial<Settings>): Settings => {
  const { refundsPerDay = settings.refundsPerDay } = changes
  return {
    repeatedExecute: changes.repeatedExecute ?? settings.repeatedExecute,
    repeatedRefund: changes.repeatedRefund ?? settings.repeatedRefund,
    lapseAfterMs: changes.lapseAfterMs ?? settings.lapseAfterMs,
    refundTakesMs: changes.refundTakesMs ?? settings.refundTakesMs,
    refundsPerDay,
    inactiveUsers: changes.inactiveUsers ?? settings.inactiveUsers,
  }
}

const replay = (decisions: ReadonlyArray<Decision<unknown>["events"]>) =>
  Effect.try({
    try: () => decisions.reduce<Bank>((bank, events) => events.reduce(apply, bank), emptyBank),
    catch: (cause) =>
      new CannotStart({ exitCode: 3, reason: `the journal contradicts itself: ${(cause as Error).message}` }),
  })

/** What a call is about: the payment behind its token or its order, or at least the names it gives. */
const subjectOf = (bank: Bank, name: CallName, body: string): Subject => {
  const named = Option.getOrUndefined(readNames(body))
  const orderNo = Predicate.isString(named?.orderNo) ? named.orderNo : null
  const payToken = Predicate.isString(named?.payToken)
    ? named.payToken
    : orderNo === null
      ? null
      : tokenOf(bank, orderNo)
  const payment = payToken === null ? null : paymentAt(bank, payToken, 0)
  return { name, payToken, orderNo: orderNo ?? payment?.orderNo ?? null }
}

/** Lenient: the bank itself says what is wrong with a body. */
const readNames = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ payToken: Schema.optional(Schema.Unknown), orderNo: Schema.optional(Schema.Unknown) }),
  ),
)
