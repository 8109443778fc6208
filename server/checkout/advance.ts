/**
 * The one way in which a checkout moves: load, ask the machine, append, do what it asks, and take the answer back to
 * it, until nothing is left to do at once. No call to TossPay happens inside a database transaction, and none before
 * the row that announces it is on disk.
 */

import { Context, Effect, Exit, Fiber, FiberSet, Layer, Random } from "effect"
import { type Checkout, type Instruction, type Plan, type Refused, timerOf } from "../../machines/index.ts"
import type { ClaimTaken, Unavailable } from "../errors.ts"
import { appendOf, type Claim, EventLog, type Recorded } from "../log/eventLog.ts"
import { monotonicMs } from "../monotonic.ts"
import { patient } from "../patient.ts"
import { countMove } from "../telemetry/metrics.ts"
import { makeCarryOut, type Step } from "./instructions.ts"
import { makeLastWritten } from "./lastWritten.ts"
import { type ClockReading, readClocks } from "./lease.ts"
import { makeNews } from "./news.ts"
import { Seat } from "./seat.ts"

/** What became of a step: how the checkout stands now, and whether the step was accepted. */
interface Advanced {
  readonly recorded: Recorded
  readonly refused: Refused | null
}

export class Advance extends Context.Service<
  Advance,
  {
    /**
     * Takes one step and everything that follows from it at once. Once begun it is finished even if the caller
     * goes away: a call that may charge is never abandoned half way.
     */
    take(recorded: Recorded, step: Step): Effect.Effect<Advanced, Unavailable>
    /** The same for a new checkout. Fails with ClaimTaken if somebody else holds what it claims. */
    start(plan: Plan, claims: ReadonlyArray<Claim>): Effect.Effect<Recorded, Unavailable | ClaimTaken>
    /** How this process last wrote a checkout that may be executed, once. Others may have moved it since. */
    takeLastWritten(payToken: string): Recorded | null
    /** Waits for what somebody else does until `isDone`, or until `withinMs` are over; how it stands then. */
    waitUntil(
      recorded: Recorded,
      isDone: (checkout: Checkout) => boolean,
      withinMs: number,
    ): Effect.Effect<Recorded, Unavailable>
  }
>()("tosspay-checkout/server/Advance") {
  static readonly layer = Layer.effect(
    Advance,
    Effect.suspend(() => make),
  )
}

const make = Effect.gen(function* () {
  const log = yield* EventLog
  const carryOut = yield* makeCarryOut
  const work = yield* FiberSet.make<unknown, unknown>()
  const { announce, isMyTurn, next } = makeNews()
  const lastWritten = makeLastWritten()

  // What is under way is finished before the process ends; what cannot be is taken over when its lease runs out.
  yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(work))

  const append = (before: Recorded | null, plan: Plan, claims: ReadonlyArray<Claim>) =>
    Effect.flatMap(dueAfterMs(plan.checkout), (dueMs) => {
      const entry = appendOf(before, plan, dueMs, claims)
      return Effect.flatMap(log.append(entry), () => {
        lastWritten.keep(entry.recorded)
        announce(entry.recorded)
        return Effect.as(logMoves(plan), entry.recorded)
      })
    })

  /** Never earlier than the fact before it: a history runs forward, whatever the clocks do. */
  const timeFor = (checkout: Checkout): Effect.Effect<string> =>
    Effect.map(log.now, (nowMs) => {
      const at = new Date(nowMs).toISOString()
      return at < checkout.context.updatedAt ? checkout.context.updatedAt : at
    })

  /** Decides and appends; whoever loses the version reads again and decides again. */
  const record = Effect.fnUntraced(function* (
    recorded: Recorded,
    step: Step,
    fruitless = 0,
  ): Effect.fn.Return<Advanced & { plan: Plan | null; begun: ClockReading }, Unavailable> {
    const begun = yield* readClocks
    const decided = step(recorded.checkout, yield* timeFor(recorded.checkout))
    if (decided._tag === "Refused") return { recorded, refused: decided, plan: null, begun }
    const appended = yield* append(recorded, decided, []).pipe(
      Effect.catchTags({
        VersionConflict: () => Effect.succeed(null),
        ClaimTaken: (error) => Effect.die(error),
      }),
    )
    if (appended !== null) return { recorded: appended, refused: null, plan: decided, begun }
    const current = yield* reload(recorded)
    // A lost version means that there is a newer one. Where there is none, row and log have come apart.
    const isFruitless = current.checkout.version <= recorded.checkout.version
    if (isFruitless && fruitless >= mostFruitless) {
      return yield* Effect.die(new Error(`the log of ${current.checkout.checkoutId} and its row disagree`))
    }
    return yield* record(current, step, isFruitless ? fruitless + 1 : 0)
  })

  const reload = (recorded: Recorded) =>
    Effect.flatMap(log.find({ by: "checkoutId", value: recorded.checkout.checkoutId }), (found) =>
      found === null ? Effect.die(new Error("a checkout vanished from the log")) : Effect.succeed(found),
    )

  /** Does what was asked for by a step that was begun then. */
  const follow = Effect.fnUntraced(
    function* (
      recorded: Recorded,
      instructions: ReadonlyArray<Instruction>,
      begun: ClockReading,
    ): Effect.fn.Return<Recorded, Unavailable> {
      let current = recorded
      for (const instruction of instructions) {
        const news = yield* carryOut(current.checkout, instruction, begun)
        if (news === null) continue
        // TossPay has spoken: that is worth several tries, and if it cannot be recorded, recovery asks again.
        const next = yield* record(current, news).pipe(
          Effect.retry({ while: (e) => e.retryable, schedule: patient }),
        )
        if (next.refused !== null) yield* logRefused(next.refused)
        current =
          next.plan === null
            ? next.recorded
            : yield* follow(next.recorded, next.plan.instructions, next.begun)
      }
      return current
    },
    (followed, { checkout }) => Effect.annotateLogs(followed, { orderId: checkout.context.order.orderId }),
  )

  /** Runs to its end whoever asked for it, in that one's seat, and hands the outcome to whoever is still there. */
  const finish = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.flatMap(FiberSet.run(work, inSeat(effect), { startImmediately: true }), (fiber) =>
      Effect.flatMap(Fiber.await(fiber as Fiber.Fiber<A, E>), (exit) =>
        Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.failCause(exit.cause),
      ),
    )

  return Advance.of({
    take: Effect.fnUntraced(function* (recorded, step) {
      const { recorded: next, refused, plan, begun } = yield* record(recorded, step)
      return { recorded: yield* follow(next, plan?.instructions ?? [], begun), refused }
    }, finish),
    start: Effect.fnUntraced(function* (plan, claims) {
      const begun = yield* readClocks
      const recorded = yield* append(null, plan, claims).pipe(
        Effect.catchTag("VersionConflict", (error) => Effect.die(error)),
      )
      return yield* follow(recorded, plan.instructions, begun)
    }, finish),
    takeLastWritten: lastWritten.take,
    waitUntil: Effect.fnUntraced(function* (recorded, isDone, withinMs) {
      const deadlineMs = (yield* monotonicMs) + withinMs
      let current = recorded
      let pauseMs = firstLookMs
      while (!isDone(current.checkout)) {
        const leftMs = deadlineMs - (yield* monotonicMs)
        if (leftMs <= 0) return current
        // Told at once by this process; another process's work is looked for, ever less often.
        const told = yield* next(current).pipe(Effect.timeoutOption(Math.min(pauseMs, leftMs)))
        if (told._tag === "Some") current = told.value
        else if (isMyTurn(current.checkout, pauseMs, yield* monotonicMs)) {
          current = yield* reload(current)
          announce(current)
        }
        pauseMs = Math.min(pauseMs * 2, lastLookMs)
      }
      return current
    }),
  })
})

const inSeat = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.flatMap(Seat, ({ hold }) => Effect.ensuring(effect, Effect.sync(hold())))

/**
 * Never early, up to a tenth late: what stopped together, because TossPay or a server was down, does not ask together.
 */
const dueAfterMs = (checkout: Checkout): Effect.Effect<number | null> => {
  const timer = timerOf(checkout)
  return timer === null
    ? Effect.succeed(null)
    : Effect.map(Random.next, (fraction) => timer.afterMs * (1 + fraction / 10))
}

/** How often a version may be lost without a newer one being there before that counts as a defect. */
const mostFruitless = 5

const firstLookMs = 100
const lastLookMs = 1_000

const logMoves = Effect.fnUntraced(
  function* ({ moves }: Plan) {
    for (const move of moves) {
      yield* countMove(move)
      yield* Effect.logInfo(`${move.fact.type}: ${move.to}`)
    }
  },
  (logged, { checkout }) => Effect.annotateLogs(logged, { orderId: checkout.context.order.orderId }),
)

const logRefused = (refused: Refused) =>
  Effect.logDebug(`${refused.fact} changes nothing in ${refused.checkout.state}`)
