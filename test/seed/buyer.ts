/** One buyer at a moment of the past, whose time goes on as the story says: the real use cases, on a clock set back. */

import { Clock, Effect } from "effect"
import { plan, timerOf } from "../../machines/index.ts"
import { Advance } from "../../server/checkout/advance.ts"
import { createCheckout } from "../../server/checkout/create.ts"
import { executeCheckout } from "../../server/checkout/execute.ts"
import { reportAuthentication, type SheetOutcome } from "../../server/checkout/report.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import type { SeededRandom } from "../simulation/random.ts"
import { pace, skewed, terms, timeoutMs } from "../support/world.ts"

export const makeBuyer = Effect.fnUntraced(function* (
  userKey: string,
  startMs: number,
  random: SeededRandom,
) {
  const clock = yield* Clock.Clock
  const simulator = yield* TossPaySimulator
  const log = yield* EventLog
  const advance = yield* Advance
  const payer = (yield* Payers).fingerprint(userKey)
  let momentMs = startMs
  const wait = (ms: number) => {
    momentMs += ms
  }
  /** Does something at the story's time. */
  const then = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() =>
      Effect.provideService(effect, Clock.Clock, skewed(clock, momentMs - clock.currentTimeMillisUnsafe())),
    )

  const order = Effect.suspend(() =>
    createCheckout(terms)(payer, userKey, {
      wish: wishOf(random),
      expectedAmount: null,
      reference: random.chance(0.2) ? `shop-${random.hex(8)}` : null,
      idempotencyKey: null,
      language: "en",
    }),
  )

  return {
    random,
    wait,
    /** Gives the payToken. */
    create: then(Effect.map(order, ({ checkout }) => checkout.context.payToken ?? "")),
    report: (payToken: string, outcome: SheetOutcome, reason: string | null = null) =>
      then(reportAuthentication(payer, payToken, outcome, reason)),
    sheet: (payToken: string, action: "approve" | "close" | "decline") =>
      then(Effect.ignore(simulator.sheet(payToken, { action }))),
    execute: (payToken: string) => then(executeCheckout(timeoutMs, pace)(payer, payToken)),
    /** Something goes wrong the next time this payment is talked about. */
    fault: (fault: Fault) => simulator.setFault(fault),
    /** Time passes until the checkout's timer runs out, and what is due happens, as recovery would have it. */
    untilDue: (payToken: string) =>
      Effect.gen(function* () {
        const recorded = yield* log.find({ by: "payToken", value: payToken })
        const timer = recorded === null ? null : timerOf(recorded.checkout)
        if (recorded === null || timer === null) return
        wait(timer.afterMs)
        yield* then(advance.take(recorded, (checkout, at) => plan(checkout, { type: timer.fact, at })))
      }),
  }
})

export type Buyer = Effect.Success<ReturnType<typeof makeBuyer>>

const wishOf = (random: SeededRandom) =>
  random.chance(0.15)
    ? { amount: random.whole(1, 300) * 100 }
    : {
        items: [
          { sku: "coffee", quantity: random.whole(1, 4) },
          ...(random.chance(0.3) ? [{ sku: "book", quantity: 1 }] : []),
        ],
      }
