/**
 * What an inspector sees of the machine, without anybody's secrets: the events of `@statelyai/inspect`, kept for the panel on
 * this page and passed on to every other inspector that is connected.
 */

import { createInspector, type StatelyInspectionEvent } from "@statelyai/inspect"
import type { InspectionEvent } from "xstate"
import { withoutSecrets } from "../../../machines/secrets.ts"

/** Something that takes inspection events, such as the adapter of an inspector. */
export interface Viewer {
  send(event: StatelyInspectionEvent): void
}

export interface Inspection {
  /** For the `inspect` option of a checkout. */
  readonly inspect: (event: InspectionEvent) => void
  /** Everything so far; another array whenever something was added. */
  readonly events: () => ReadonlyArray<StatelyInspectionEvent>
  readonly subscribe: (listener: () => void) => () => void
  /** Shows a viewer what was and what comes. Returns how to stop. */
  readonly connect: (viewer: Viewer) => () => void
}

export const makeInspection = (): Inspection => {
  let events: ReadonlyArray<StatelyInspectionEvent> = []
  const viewers = new Set<Viewer>()
  const listeners = new Set<() => void>()
  const { inspect } = createInspector(
    {
      send: (event) => {
        events = [...events.slice(-keptEvents), event]
        for (const viewer of viewers) viewer.send(event)
        for (const listener of listeners) listener()
      },
    },
    {
      sanitizeContext: withoutSecrets,
      sanitizeEvent: withoutSecrets,
      serialize: (event) => JSON.parse(JSON.stringify(event)),
    },
  )
  return {
    inspect: (event) => inspect.next?.(event),
    events: () => events,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connect: (viewer) => {
      for (const event of events) viewer.send(event)
      viewers.add(viewer)
      return () => viewers.delete(viewer)
    },
  }
}

/** As many as the inspectors themselves keep. */
const keptEvents = 200
