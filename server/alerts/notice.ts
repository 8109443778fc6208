/** From what is the case to what is said: alerts are raised and ended so that the open ones are what is the case now. */

import { Effect } from "effect"
import { type AlertKind, Alerts, closableKinds, type Occurrence } from "./alerts.ts"

/** These are all there are of this kind now: raises what is new, and ends what is over. */
export const notice = Effect.fn("notice")(function* (
  kind: AlertKind,
  now: ReadonlyArray<Omit<Occurrence, "kind">>,
) {
  const alerts = yield* Alerts
  const subjects = new Set(now.map(({ subject }) => subject))
  for (const alert of yield* alerts.open) {
    if (alert.kind === kind && !subjects.has(alert.subject)) yield* end(kind, alert.occurrence, alert.subject)
  }
  for (const occurrence of now) yield* raise({ ...occurrence, kind })
})

export const raise = (occurrence: Occurrence) =>
  Effect.flatMap(Alerts, (alerts) => alerts.raise(occurrence)).pipe(
    Effect.tap((isNews) =>
      isNews
        ? Effect.logError(`alert ${occurrence.kind}, ${occurrence.subject}: ${occurrence.detail}`)
        : Effect.void,
    ),
  )

export const end = (kind: AlertKind, occurrence: string, subject: string) =>
  Effect.flatMap(Alerts, (alerts) => alerts.end(kind, occurrence)).pipe(
    Effect.tap((wasOpen) =>
      wasOpen ? Effect.logInfo(`alert ${kind}, ${subject}: this is over`) : Effect.void,
    ),
  )

/** Ends what is open about this order and a person may close. Returns whether there was anything. */
export const closeAbout = (orderId: string, who: string, why: string) =>
  Effect.flatMap(Alerts, (alerts) =>
    Effect.map(
      Effect.forEach(closableKinds, (kind) => alerts.close(kind, orderId, who, why)),
      (closed) => closed.includes(true),
    ),
  )
