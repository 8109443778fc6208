/**
 * A recorded history in the Stately inspector, whose window comes from stately.ai: without the internet it stays empty.
 * What is sent there holds no user key, no payToken and no instrument (machines/secrets.ts).
 */

import { createBrowserInspector } from "@statelyai/inspect"
import { checkoutMachine, type StatePath, withoutSecrets } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"
import { factOf, standingAt } from "./history.ts"

/** Opens the window and sends it every step, as soon as it listens. */
export const inspect = (orderId: string, events: ReadonlyArray<EventRow>): void => {
  const [opening, ...rest] = events
  if (opening === undefined) return
  const inspector = createBrowserInspector({
    maxDeferredEvents: 2 * events.length,
    sanitizeEvent: withoutSecrets,
    sanitizeContext: withoutSecrets,
  })
  inspector.actor(actorOf(opening.checkoutId, orderId), snapshotAt(events, 1))
  for (const row of rest) {
    const event = factOf(row)
    inspector.event(row.checkoutId, event)
    inspector.snapshot(row.checkoutId, snapshotAt(events, row.version), { event })
  }
}

/** As much of an actor as the inspector looks at: who it is, and its machine. */
const actorOf = (sessionId: string, id: string) =>
  ({ sessionId, id, logic: { config: { ...checkoutMachine.config, id } } }) as never

/** The state that is on record; with what the machine remembers, where it can follow the history. */
const snapshotAt = (events: ReadonlyArray<EventRow>, version: number) => {
  const standing = standingAt(events, version)
  const at = events[version - 1]?.to
  return {
    value: at === undefined ? {} : valueAt(at),
    ...("checkout" in standing && { context: standing.checkout.context }),
  }
}

const valueAt = (path: StatePath) => {
  const [state = "", finer] = path.split(".")
  return { [state]: finer }
}
