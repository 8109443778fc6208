/**
 * A copy of the machine in the webview. It never knows better than the server: where the server stands, it is put. So it needs
 * the chart alone; what judges evidence stays where the evidence is (docs/adr/0008-the-webview-has-the-chart.md).
 */

import { type ActorRefFrom, createActor, type InspectionEvent } from "xstate"
import { checkoutChart } from "../machines/checkout.ts"
import { opened } from "../machines/context.ts"
import type { FactType, Order } from "../machines/facts.ts"
import type { StatePath } from "../machines/states.ts"

export type CheckoutActor = ActorRefFrom<typeof checkoutChart>

interface Shell {
  /** Carries out what the machine asks for. */
  readonly executePayment: () => void
  readonly askStatus: () => void
  readonly moved: (at: StatePath, orderId: string) => void
  readonly inspect: (event: InspectionEvent) => void
}

export const makeCopy = ({ executePayment, askStatus, moved, inspect }: Shell) => {
  const machine = checkoutChart.provide({
    actions: { executePayment, askStatus },
    // Which attempt it is, is the server's business.
    guards: { nextAttempt: () => true },
  })
  let actor: CheckoutActor | null = null

  return {
    actor: () => actor,
    /** Puts it where the server says that the checkout stands. Of the order it knows the number, and no secret. */
    stand: (at: StatePath, orderId: string): void => {
      if (actor !== null && pathOf(actor) === at) return
      actor?.stop()
      const [state, finer] = at.split(".") as [string, string]
      const snapshot = checkoutChart.resolveState({
        value: { [state]: finer } as never,
        context: opened({ orderId } as Order, ""),
      })
      const next = createActor(machine, { snapshot, inspect })
      actor = next
      next.subscribe(() => moved(pathOf(next), orderId))
      next.start()
      moved(at, orderId)
    },
    /** What happens here moves it at once. */
    send: (news: { readonly type: FactType; readonly reason?: string | null }): void =>
      actor?.send(news as never),
    /** Another order needs another copy. */
    stop: (): void => {
      actor?.stop()
      actor = null
    },
  }
}

const pathOf = (actor: CheckoutActor): StatePath =>
  Object.entries(actor.getSnapshot().value).flat().join(".") as StatePath
