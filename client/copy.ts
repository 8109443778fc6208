/**
 * A copy of the machine in the webview. It never knows better than the server: where the server stands, it is put. So it needs
 * the chart alone; what judges evidence stays where the evidence is (docs/adr/0007-the-webview-has-the-chart.md).
 */

import { type ActorRefFrom, createActor, type InspectionEvent } from "xstate"
import { checkoutChart } from "../machines/checkout.ts"
import { opened } from "../machines/context.ts"
import type { FactType, Order } from "../machines/facts.ts"
import { isStatePath } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"

export type CheckoutActor = ActorRefFrom<typeof checkoutChart>

/** Of which order it is a copy; what else the server knows of it is not needed here. */
export interface Copied {
  readonly orderId: string
  readonly payToken: string
}

interface Shell {
  /** Carries out what the machine asks for. */
  readonly executePayment: () => void
  readonly askStatus: () => void
  readonly onMove: (at: StatePath, orderId: string) => void
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

export const makeCopy = ({ executePayment, askStatus, onMove, inspect }: Shell) => {
  const machine = checkoutChart.provide({
    actions: { executePayment, askStatus },
    // Which attempt it is, is the server's business.
    guards: { nextAttempt: () => true },
  })
  let actor: CheckoutActor | null = null
  let ofOrder = ""

  return {
    actor: () => actor,
    /** Puts it where the server says that the checkout stands. */
    stand: (at: StatePath, { orderId, payToken }: Copied): void => {
      if (actor !== null && ofOrder === orderId && pathOf(actor) === at) return
      actor?.stop()
      const [state, finer] = at.split(".") as [string, string]
      const context = { ...opened({ orderId, leaseMs: 0, ttlMs: 0 } as Order, now()), payToken }
      const snapshot = checkoutChart.resolveState({ value: { [state]: finer } as never, context })
      const next = createActor(machine, { snapshot, ...(inspect !== undefined && { inspect }) })
      actor = next
      ofOrder = orderId
      next.subscribe(() => onMove(pathOf(next), orderId))
      next.start()
      onMove(at, orderId)
    },
    /** What happens here moves it at once. */
    send: (news: { readonly type: FactType; readonly reason?: string | null }): void =>
      actor?.send({ ...news, at: now() } as never),
    drop: (): void => {
      actor?.stop()
      actor = null
    },
  }
}

const now = () => new Date().toISOString()

const pathOf = (actor: CheckoutActor): StatePath =>
  Object.entries(actor.getSnapshot().value).flat().join(".") as StatePath

/** A server that is newer than this page may name a state that it does not know: then there is only asking again. */
export const known = (at: string): StatePath => (isStatePath(at) ? at : "executing.unknown")
