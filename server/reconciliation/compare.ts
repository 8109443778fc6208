/**
 * One checkout held against TossPay's books. TossPay is asked how the payment stands; where that differs from ours the machine
 * is told, and what it makes of it heals the difference or leaves it open. Nothing is decided here, and a checkout that agrees
 * is not touched. What differs is noted before the machine is told: once it is healed nobody else would find it.
 */

import { Effect } from "effect"
import {
  type Checkout,
  differences,
  type PaymentAnswer,
  planAnswer,
  stateInfo,
  statusReported,
} from "../../machines/index.ts"
import { Advance } from "../checkout/advance.ts"
import { BrokenHistory, EventLog, type Recorded } from "../log/eventLog.ts"
import { Payers } from "../payers/payers.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import type { Discrepancy, DiscrepancyOutcome, Listed } from "./discrepancy.ts"
import { note, noted, type Run } from "./runs.ts"

/** `null` if it agrees, and did so whenever this run asked about it. */
export const compare = Effect.fn("compare")(function* (
  run: Run,
  { checkoutId, orderId, openedAt, recorded }: Listed,
) {
  const nothing = { transactionId: { ours: null, theirs: null }, differences: [], why: null }
  const about = { checkoutId, orderId, openedAt }
  if (recorded instanceof BrokenHistory) {
    const why = `version ${recorded.version}: ${recorded.why}`
    const none = { from: null, to: null, amount: null }
    return { ...about, ...nothing, ...none, outcome: "broken", why } satisfies Discrepancy
  }
  const first = recorded.checkout
  const found = (
    outcome: DiscrepancyOutcome,
    checkout: Checkout,
    over: Partial<Discrepancy> = {},
  ): Discrepancy => ({
    ...about,
    ...nothing,
    outcome,
    from: first.state,
    to: checkout.state,
    amount: first.context.order.amount,
    ...over,
  })
  return yield* Effect.gen(function* () {
    const heard = yield* ask(first)
    const before = yield* fresh(recorded)
    // What it did meanwhile may be newer than that answer.
    const asked = before.checkout.version === first.version ? heard : yield* ask(before.checkout)
    if (asked._tag !== "Books") {
      return asked._tag === "Forgotten"
        ? found("forgotten", before.checkout)
        : found("unanswered", before.checkout, { why: asked.why })
    }
    const differed = differences(before.checkout, asked.answer)
    if (differed.length > 0) {
      yield* note(run, found("unanswered", before.checkout, { differences: differed, why: unfinished }))
    }
    const { current, answer } = yield* heal(before, asked.answer, mostTold)
    const { state, context } = current.checkout
    const left = differences(current.checkout, answer)
    const { owner } = stateInfo(state)
    const waits = owner === "person"
    const agrees = left.length === 0 && !waits
    // Read last, so that it is there if another process has healed it.
    const difference = yield* noted(run, checkoutId)
    if (agrees && difference === null) return null
    return found(agrees ? "healed" : waits || owner === "nobody" ? "open" : "pending", current.checkout, {
      from: difference?.from ?? first.state,
      differences: agrees ? (difference?.differences ?? []) : left,
      transactionId: {
        ours: context.payment?.transactionId ?? null,
        theirs: answer?.transactionId ?? null,
      },
    })
  }).pipe(
    // One that cannot be worked on does not keep the others from being compared.
    Effect.catchDefect((defect) =>
      Effect.as(
        Effect.logError("a checkout cannot be compared", defect),
        found("broken", first, { why: "a defect: see the log" }),
      ),
    ),
    Effect.annotateLogs({ orderId }),
  )
})

/** What is said of a difference until it is known what became of it. */
const unfinished = "it differed, and the comparison ended before it was known what became of it"

/** A charge that came to light may have gone back there already: that takes a second telling. */
const mostTold = 2

/** Tells the machine as long as something differs and it takes TossPay's word on how it stood. What it did meanwhile is asked about. */
const heal = (
  current: Recorded,
  answer: PaymentAnswer | null,
  times: number,
): Effect.Effect<Healed, Effect.Error<ReturnType<typeof fresh>>, Advance | EventLog | Payers | TossPay> =>
  Effect.gen(function* () {
    if (answer === null || times === 0 || differences(current.checkout, answer).length === 0) {
      return { current, answer }
    }
    const { recorded, refused } = yield* (yield* Advance).take(current, (checkout, at) =>
      planAnswer(current.checkout, checkout, statusReported(checkout, at, answer)),
    )
    if (refused !== null) return { current: recorded, answer }
    const books = yield* ask(recorded.checkout)
    return yield* heal(recorded, books._tag === "Books" ? books.answer : answer, times - 1)
  })

interface Healed {
  readonly current: Recorded
  /** TossPay's latest. */
  readonly answer: PaymentAnswer | null
}

/** As it stands now, which is not older than TossPay's answer. */
const fresh = ({ checkout: { checkoutId } }: Recorded) =>
  Effect.flatMap(EventLog, (log) => log.find({ by: "checkoutId", value: checkoutId })).pipe(
    Effect.flatMap((found) =>
      found === null ? Effect.die(new Error("a checkout vanished")) : Effect.succeed(found),
    ),
  )

const ask = Effect.fnUntraced(function* ({ context: { order, payToken } }: Checkout) {
  const userKey = yield* (yield* Payers).userKeyOf(order.payer)
  if (userKey === null) return { _tag: "Forgotten" } as const
  const outcome = yield* (yield* TossPay).status(order, payToken, userKey)
  switch (outcome._tag) {
    case "Answered":
      return { _tag: "Books", answer: outcome.answer } as const
    case "NotFound":
      return { _tag: "Books", answer: null } as const
    case "Refused":
      // Whether TossPay answers for an order number alone is not certain; without a token nobody can have paid.
      return payToken === null
        ? ({ _tag: "Books", answer: null } as const)
        : ({ _tag: "Silence", why: outcome.code } as const)
    case "Postponed":
      return { _tag: "Silence", why: outcome.code } as const
    case "Unknown":
      return { _tag: "Silence", why: outcome.cause } as const
  }
})
