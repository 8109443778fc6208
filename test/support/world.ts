/**
 * The real use cases on virtual time: the log in memory, TossPay simulated in process, and any number of server
 * processes that share both. A process can die at any of its awaits: from then on nothing of it ever continues.
 * Faults come from wrapping services here, never from hooks in the server.
 */

import { Clock, type Context, Effect, Layer, Scope } from "effect"
import { Catalog } from "../../server/catalog.ts"
import { Advance } from "../../server/checkout/advance.ts"
import { type CreateRequest, createCheckout } from "../../server/checkout/create.ts"
import { executeCheckout } from "../../server/checkout/execute.ts"
import { readOrder } from "../../server/checkout/orders.ts"
import { recoverDue } from "../../server/checkout/recover.ts"
import { refundCheckout } from "../../server/checkout/refund.ts"
import { reportAuthentication, type SheetOutcome } from "../../server/checkout/report.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payer.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { sendTo } from "../../server/testing/index.ts"
import { guarded } from "../../server/tosspay/breaker.ts"
import { tossPayOver } from "../../server/tosspay/client.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import type { Send } from "../../server/tosspay/transport.ts"

export const terms = { mode: "TEST", leaseMs: 45_000, ttlMs: 900_000, onMismatch: "refund" } as const
export const timeoutMs = 15_000

/** What all processes share: the database and the bank. */
export const shared = Layer.mergeAll(
  memoryEventLog,
  Payers.layerMemory,
  Layer.orDie(TossPaySimulator.layer()),
)

/** Where a process dies: at its n-th await, before what it awaits happens or after. */
export interface Death {
  readonly atAwait: number
  readonly when: "before" | "after"
}

export const buyer = "buyer-1"
const request: CreateRequest = {
  wish: { items: [{ sku: "coffee", quantity: 2 }] },
  expectedAmount: null,
  reference: null,
  idempotencyKey: null,
}

/** A mistake somebody might make, as a wrapper around what the server is given. */
export interface Bug {
  readonly log?: (log: EventLog["Service"]) => EventLog["Service"]
  readonly bank?: (bank: TossPay["Service"]) => TossPay["Service"]
}

export interface Circumstances {
  /** Where it dies; `null` for never. */
  readonly death?: Death | null
  readonly bug?: Bug
  /** What lies between it and the bank. */
  readonly network?: (send: Send) => Send
  /** What every await of it passes through on its way to the database or the bank. */
  readonly around?: <A, E, R>(awaited: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** How far its clock is off. The database and the bank have their own. */
  readonly skewMs?: number
}

/** One server process. `awaits()` tells how many times it has waited for the database or the bank. */
export const makeProcess = Effect.fnUntraced(function* ({
  death = null,
  bug = {},
  network = same,
  around = same,
  skewMs = 0,
}: Circumstances = {}) {
  const clock = yield* Clock.Clock
  let awaits = 0
  let isDead = false

  /** Passes an await of this process, or dies there. */
  const mortal = <A, E, R>(elsewhere: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const effect = around(skewMs === 0 ? elsewhere : Effect.provideService(elsewhere, Clock.Clock, clock))
      awaits += 1
      const diesHere = death !== null && awaits === death.atAwait
      if (isDead || (diesHere && death.when === "before")) {
        isDead = true
        return Effect.never
      }
      if (!diesHere) return Effect.flatMap(effect, (value) => (isDead ? Effect.never : Effect.succeed(value)))
      return Effect.flatMap(effect, () => {
        isDead = true
        return Effect.never
      })
    })

  const log = (bug.log ?? same)(yield* EventLog)
  const simulator = yield* TossPaySimulator

  const send = sendTo(simulator, timeoutMs)
  // A scope that is never closed: a process that dies does not tidy up.
  const scope = Scope.makeUnsafe()
  const link = yield* Scope.provide(guarded(network(send)), scope)
  const bank = (bug.bank ?? same)(tossPayOver(link))

  const services = Layer.mergeAll(
    Layer.succeed(EventLog, {
      append: (append) => mortal(log.append(append)),
      find: (lookup) => mortal(log.find(lookup)),
      history: (checkoutId) => mortal(log.history(checkoutId)),
      feed: (...args) => mortal(log.feed(...args)),
      feedEnd: mortal(log.feedEnd),
      ofPayer: (...args) => mortal(log.ofPayer(...args)),
      claimHolder: (...args) => mortal(log.claimHolder(...args)),
      addClaim: (...args) => mortal(log.addClaim(...args)),
      releaseClaim: (...args) => mortal(log.releaseClaim(...args)),
      takeDue: (...args) => mortal(log.takeDue(...args)),
      takeIfDue: (...args) => mortal(log.takeIfDue(...args)),
      unfinishedIn: (...args) => mortal(log.unfinishedIn(...args)),
      heldUp: (...args) => mortal(log.heldUp(...args)),
      backlog: mortal(log.backlog),
    }),
    Layer.succeed(TossPay, {
      health: bank.health,
      make: (...args) => mortal(bank.make(...args)),
      execute: (...args) => mortal(bank.execute(...args)),
      status: (...args) => mortal(bank.status(...args)),
      refund: (...args) => mortal(bank.refund(...args)),
    }),
    Catalog.layer(null),
  )
  const context = yield* Layer.buildWithScope(Layer.provideMerge(Advance.layer, Layer.orDie(services)), scope)
  const payer = (yield* Payers).fingerprint(buyer)
  const inside = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideContext(
      skewMs === 0 ? effect : Effect.provideService(effect, Clock.Clock, skewed(clock, skewMs)),
      context as Context.Context<R>,
    )

  return {
    awaits: () => awaits,
    isDead: () => isDead,
    create: (over: Partial<CreateRequest> = {}) =>
      inside(createCheckout(terms)(payer, buyer, { ...request, ...over })),
    report: (payToken: string, outcome: SheetOutcome) =>
      inside(reportAuthentication(payer, payToken, outcome, null)),
    execute: (payToken: string) => inside(executeCheckout(timeoutMs, terms.leaseMs)(payer, payToken)),
    refund: (orderId: string, who = "kim") =>
      inside(refundCheckout(timeoutMs, terms.leaseMs)(orderId, { who, why: "asked for it" })),
    read: (orderId: string) => inside(readOrder(payer, orderId, terms.leaseMs)),
    recover: inside(recoverDue({ holdMs: terms.leaseMs, perMinute: 500 })),
  }
})

/** Sleeps like the true clock and reads otherwise. */
export const skewed = (clock: Clock.Clock, byMs: number): Clock.Clock =>
  Object.assign(Object.create(clock), {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + byMs,
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + byMs),
  })

const same = <A>(value: A): A => value

export type Process = Effect.Success<ReturnType<typeof makeProcess>>
