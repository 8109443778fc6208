/**
 * The real use cases on virtual time: the log in memory, TossPay simulated in process, and any number of server
 * processes that share both. A process can die at any of its awaits: from then on nothing of it ever continues.
 * Faults come from wrapping services here, never from hooks in the server.
 */

import { Clock, Context, Effect, Exit, Layer, References, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { MismatchPolicy } from "../../machines/index.ts"
import { Catalog } from "../../server/catalog.ts"
import { Advance } from "../../server/checkout/advance.ts"
import { type CreateRequest, createCheckout } from "../../server/checkout/create.ts"
import { decideOutcome } from "../../server/checkout/decideOutcome.ts"
import { executeCheckout } from "../../server/checkout/execute.ts"
import { readOrder } from "../../server/checkout/orders.ts"
import { recoverDue } from "../../server/checkout/recover.ts"
import { refundCheckout } from "../../server/checkout/refund.ts"
import { reportAuthentication, type SheetOutcome } from "../../server/checkout/report.ts"
import { Unavailable } from "../../server/errors.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payers/payers.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { sendTo } from "../../server/testing/index.ts"
import { guarded } from "../../server/tosspay/breaker.ts"
import { tossPayOver } from "../../server/tosspay/client.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import type { Send } from "../../server/tosspay/transport.ts"

export const terms = { mode: "TEST", leaseMs: 45_000, ttlMs: 900_000, onMismatch: "refund" } as const
export const timeoutMs = 15_000
export const pace = { holdMs: terms.leaseMs, perMinute: 500 }

/** What all processes share: the database and the bank. */
export const shared = Layer.mergeAll(
  memoryEventLog,
  Payers.layerMemory,
  Layer.orDie(TossPaySimulator.layer()),
)

/** Runs it to its end, on virtual time and without a word, in a world that nothing else shares. */
export const inItsOwnWorld = <A, E>(
  story: Effect.Effect<A, E, Layer.Success<typeof shared> | Scope.Scope>,
): Promise<A> =>
  story.pipe(
    Effect.provide(Layer.mergeAll(shared, TestClock.layer())),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.scoped,
    Effect.runPromise,
  )

/** Where a process dies: at its n-th await, before what it awaits happens or after. */
export interface Death {
  readonly atAwait: number
  readonly when: "before" | "after"
}

/** Where a process stands still, and for how long: the machine sleeps, or a lock is waited for. */
export interface Stall {
  readonly atAwait: number
  readonly forMs: number
}

/** Where the database fails a process: before anything happened, or after it did and only the answer got lost. */
export interface Outage {
  readonly atAwait: number
  readonly when: "before" | "after"
}

export const buyer = "buyer-1"
const request: CreateRequest = {
  wish: { items: [{ sku: "coffee", quantity: 2 }] },
  expectedAmount: null,
  reference: null,
  idempotencyKey: null,
  language: "en",
}

/** A mistake somebody might make, as a wrapper around what the server is given. */
export interface Bug {
  readonly log?: (log: EventLog["Service"]) => EventLog["Service"]
  readonly bank?: (bank: TossPay["Service"]) => TossPay["Service"]
  readonly clock?: (clock: Clock.Clock) => Clock.Clock
}

export interface Circumstances {
  /** Where it dies; `null` for never. */
  readonly death?: Death | null
  readonly stall?: Stall | null
  readonly outage?: Outage | null
  readonly bug?: Bug
  /** What lies between it and the bank. */
  readonly network?: (send: Send) => Send
  /** What every await of it passes through on its way to the database or the bank. */
  readonly around?: <A, E, R>(awaited: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** What only its awaits of the database pass through. */
  readonly database?: <A, E>(awaited: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** How far its clock is off. The database and the bank have their own. */
  readonly skewMs?: number
  /** How long the payTokens may be paid that it has minted. */
  readonly ttlMs?: number
  /** What becomes of money that does not agree, for the orders that it has opened. */
  readonly onMismatch?: MismatchPolicy
  /** The lease of the orders that it has opened. */
  readonly leaseMs?: number
  /** How long it waits for the bank. */
  readonly patienceMs?: number
}

/** One server process. `awaits()` tells how many times it has waited for the database or the bank. */
export const makeProcess = Effect.fnUntraced(function* ({
  death = null,
  stall = null,
  outage = null,
  bug = {},
  network = same,
  around = same,
  database = same,
  skewMs = 0,
  ttlMs = terms.ttlMs,
  onMismatch = terms.onMismatch,
  leaseMs = terms.leaseMs,
  patienceMs = timeoutMs,
}: Circumstances = {}) {
  const clock = yield* Clock.Clock
  const own = (bug.clock ?? same)(skewMs === 0 ? clock : skewed(clock, skewMs))
  let awaits = 0
  let isDead = false

  /** Elsewhere it is another time. */
  const elsewhere = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    own === clock ? effect : Effect.provideService(effect, Clock.Clock, clock)

  /** Passes an await of this process, or dies there. */
  const mortal = <A, E, R>(awaited: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const effect = around(elsewhere(awaited))
      awaits += 1
      const standsHere = stall !== null && awaits === stall.atAwait
      const passed = standsHere ? Effect.tap(effect, Effect.sleep(stall.forMs)) : effect
      if (death === null) return passed
      const diesHere = awaits === death.atAwait
      if (isDead || (diesHere && death.when === "before")) {
        isDead = true
        return Effect.never
      }
      if (!diesHere) return Effect.flatMap(passed, (value) => (isDead ? Effect.never : Effect.succeed(value)))
      return Effect.flatMap(effect, () => {
        isDead = true
        return Effect.never
      })
    })

  /** An await of the database. */
  const stored = <A, E>(awaited: Effect.Effect<A, E>): Effect.Effect<A, E | Unavailable> => {
    const effect = database(awaited)
    return outage === null
      ? mortal(effect)
      : Effect.suspend(() => {
          // Counted by what passes it.
          if (awaits + 1 !== outage.atAwait) return mortal(effect)
          return mortal(outage.when === "before" ? databaseAway : Effect.andThen(effect, databaseAway))
        })
  }

  const log = (bug.log ?? same)(yield* EventLog)
  const simulator = yield* TossPaySimulator

  const send = sendTo(simulator, patienceMs)
  // Closed only by whoever tells it to stop: a process that dies does not tidy up.
  const scope = Scope.makeUnsafe()
  const link = yield* guarded(network(send))
  const bank = (bug.bank ?? same)(tossPayOver(link))

  const services = Layer.mergeAll(
    Layer.succeed(EventLog, {
      append: (append) => stored(log.append(append)),
      find: (lookup) => stored(log.find(lookup)),
      history: (checkoutId) => stored(log.history(checkoutId)),
      feed: (...args) => stored(log.feed(...args)),
      movesAbout: (...args) => stored(log.movesAbout(...args)),
      feedEnd: stored(log.feedEnd),
      ofPayer: (...args) => stored(log.ofPayer(...args)),
      claimHolder: (...args) => stored(log.claimHolder(...args)),
      addClaim: (...args) => stored(log.addClaim(...args)),
      releaseClaim: (...args) => stored(log.releaseClaim(...args)),
      takeDue: (...args) => stored(log.takeDue(...args)),
      takeIfDue: (...args) => stored(log.takeIfDue(...args)),
      takeTurns: (...args) => stored(log.takeTurns(...args)),
      unfinishedIn: (...args) => stored(log.unfinishedIn(...args)),
      heldUp: (...args) => stored(log.heldUp(...args)),
      backlog: stored(log.backlog),
      heldBackSince: stored(log.heldBackSince),
      now: elsewhere(log.now),
    }),
    Layer.succeed(TossPay, {
      health: bank.health,
      throttledForMs: bank.throttledForMs,
      make: (...args) => mortal(bank.make(...args)),
      execute: (...args) => mortal(bank.execute(...args)),
      status: (...args) => mortal(bank.status(...args)),
      refund: (...args) => mortal(bank.refund(...args)),
    }),
    Catalog.layer(null),
  )
  const context = yield* Layer.buildWithScope(Layer.provideMerge(Advance.layer, Layer.orDie(services)), scope)
  const { fingerprint } = yield* Payers
  const payer = fingerprint(buyer)
  const here = Context.add(context, Clock.Clock, own)
  const inside = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideContext(effect, here as Context.Context<R>)

  return {
    awaits: () => awaits,
    isDead: () => isDead,
    create: (over: Partial<CreateRequest> = {}) =>
      inside(createCheckout({ ...terms, ttlMs, onMismatch, leaseMs })(payer, buyer, { ...request, ...over })),
    report: (payToken: string, outcome: SheetOutcome) =>
      inside(reportAuthentication(payer, payToken, outcome, null)),
    execute: (payToken: string, who = buyer) =>
      inside(executeCheckout(timeoutMs, pace)(fingerprint(who), payToken)),
    refund: (orderId: string, who = "kim") =>
      inside(refundCheckout(timeoutMs, pace)(orderId, { who, why: "asked for it" })),
    decide: (orderId: string) => inside(decideOutcome(orderId, { who: "kim", why: "the dashboard says so" })),
    read: (orderId: string) => inside(readOrder(payer, orderId, pace)),
    recover: inside(Effect.map(recoverDue(pace), ({ moved }) => moved)),
    /** Ends as it is told to: in order. */
    stop: Scope.close(scope, Exit.void),
  }
})

const databaseAway = new Unavailable({ what: "DATABASE", retryable: true })

/** Sleeps like the true clock and reads otherwise, by both of its hands. */
export const skewed = (clock: Clock.Clock, byMs: number): Clock.Clock =>
  Object.assign(Object.create(clock), {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + byMs,
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + byMs),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + BigInt(Math.round(byMs)) * 1_000_000n,
  })

const same = <A>(value: A): A => value

export type Process = Effect.Success<ReturnType<typeof makeProcess>>
