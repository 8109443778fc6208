/** The way of a checkout through the machine, read from what an inspector sees. */

import type { StatelyInspectionEvent } from "@statelyai/inspect"
import { isStatePath, type StatePath } from "../../../machines/index.ts"

export interface Step {
  readonly at: StatePath
  /** The fact that led here; `null` when the server said where the checkout stands. */
  readonly fact: string | null
}

export interface Way {
  readonly orderId: string
  readonly steps: ReadonlyArray<Step>
}

/** The way of the order that was seen last; `null` before there is one. */
export const wayOf = (events: ReadonlyArray<StatelyInspectionEvent>): Way | null =>
  events.reduce<Way | null>((way, event) => {
    // Of an actor that begins, an inspector is told too late to say where it began; its first snapshot says it.
    if (event.type !== "@xstate.snapshot") return way
    const { value, context } = event.snapshot as Snapshot
    const at = Object.entries(value ?? {})
      .flat()
      .join(".")
    if (!isStatePath(at) || context === undefined) return way
    const fact = event.event.type.startsWith("xstate.") ? null : event.event.type
    const { orderId } = context.order
    if (way?.orderId !== orderId) return { orderId, steps: [{ at, fact }] }
    // A copy of the machine that is made anew where the last one stood tells nothing.
    return fact === null && way.steps.at(-1)?.at === at
      ? way
      : { orderId, steps: [...way.steps, { at, fact }] }
  }, null)

interface Snapshot {
  readonly value?: Readonly<Record<string, string>>
  readonly context?: { readonly order: { readonly orderId: string } }
}
