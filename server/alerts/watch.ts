/** What is noticed by looking, again and again: executions and refunds without an outcome, dead letters, a certificate that runs out. */

import { randomUUID } from "node:crypto"
import { Clock, Effect, Layer } from "effect"
import { executingStates, stateInfo, statesOf } from "../../machines/index.ts"
import { watchedForLong } from "../checkout/waiting.ts"
import { EventLog, type HeldUp } from "../log/eventLog.ts"
import { pause } from "../pause.ts"
import { Deliveries } from "../subscriptions/deliveries.ts"
import { inWon } from "../text.ts"
import { ClientCertificate, type Credentials, inWords } from "../tosspay/certificate.ts"
import { notice, raise } from "./notice.ts"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** An execution, ours or one that only TossPay knows of, that has been without an outcome for this long is worth a look. */
const longestDoubtMs = 10 * minuteMs
/** Time enough to have a new certificate issued. */
const certificateNoticeMs = 30 * dayMs

const lookMs = 30_000

/** One look. */
export const look = Effect.suspend(() =>
  Effect.all([outcomes, refunds, subscriptions, certificate], { discard: true }),
)

/** Looks for as long as the layer lives. Every server looks; each occurrence is raised once. */
export const alertWatch = Layer.effectDiscard(
  look.pipe(
    Effect.catchCause((cause) => Effect.logWarning("the watch for alerts could not look", cause)),
    Effect.andThen(pause(lookMs)),
    Effect.forever,
    Effect.forkScoped,
  ),
)

const outcomes = Effect.gen(function* () {
  const { heldUp } = yield* EventLog
  const occurrences = (held: ReadonlyArray<HeldUp>, what: string) =>
    held.map(({ checkoutId, orderId, version, since }) => ({
      occurrence: `${checkoutId}_${version}`,
      subject: orderId,
      detail: `${what} since ${since}`,
    }))
  yield* notice("outcome-unknown", [
    ...occurrences(yield* heldUp(executingStates, longestDoubtMs), "executing"),
    ...occurrences(yield* watchedForLong, "not paid, and perhaps charged,"),
  ])
})

/** Refunds that a day of questions left to a person. */
const stuckStates = statesOf("person").filter((state) => stateInfo(state).refund === "refunding")

/** More than a person reads at one sitting. */
const mostRefunds = 1_000

const refunds = Effect.gen(function* () {
  const stuck = yield* (yield* EventLog).unfinishedIn(stuckStates, mostRefunds)
  yield* notice(
    "refund-stuck",
    stuck.map(({ checkout: { checkoutId, context } }) => ({
      occurrence: `${checkoutId} call ${context.refund?.attempt ?? "there"}`,
      subject: context.order.orderId,
      detail: inWon(context.order.amount),
    })),
  )
})

const subscriptions = Effect.gen(function* () {
  const status = yield* (yield* Deliveries).status
  yield* notice(
    "dead-letters",
    status.flatMap(({ subscription, dead, deadSince }) =>
      deadSince === null
        ? []
        : [
            {
              occurrence: `${subscription} ${deadSince}`,
              subject: subscription,
              detail: `${dead} dead, the first since ${deadSince}`,
            },
          ],
    ),
  )
  yield* notice(
    "subscription-paused",
    status.flatMap(({ subscription, pausedAt, pausedWhy }) =>
      pausedAt === null
        ? []
        : [{ occurrence: `${subscription} ${pausedAt}`, subject: subscription, detail: pausedWhy ?? "" }],
    ),
  )
})

/** Certificates in use here that a look has found to be good for long enough. */
const foundGood = new WeakSet<Credentials>()

/**
 * The one in use, whatever lies in the file: a renewed one that cannot be used helps nobody. Servers do not know of each other's:
 * the first look at a good one ends the alert, once, and a server that still uses an old one raises it again.
 */
const certificate = Effect.gen(function* () {
  const inUse = (yield* ClientCertificate).inUse()
  if (inUse.own === null) return
  if (inUse.own.expiresAtMs - (yield* Clock.currentTimeMillis) < certificateNoticeMs) {
    const noticed = { occurrence: randomUUID(), subject: "TOSSPAY_CERT_FILE", detail: inWords(inUse) }
    yield* raise({ kind: "certificate-expiring", ...noticed })
  } else if (!foundGood.has(inUse)) {
    yield* notice("certificate-expiring", [])
    foundGood.add(inUse)
  }
})
