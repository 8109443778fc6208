/** What a webhook says of a message (docs/webhooks.md). Nothing of the payer, no token, no instrument, nothing of TossPay's own text. */

import type { OrderView } from "../../machines/index.ts"
import type { Message, MessageKind } from "../subscriptions/messages.ts"

/** The subscription whose messages are posted. */
export const webhookName = "webhook"

const webhookTypes = {
  settled: "checkout.settled",
  refunded: "checkout.refunded",
  alertRaised: "alert.raised",
  alertEnded: "alert.ended",
} as const satisfies Partial<Record<MessageKind, string>>

/** The kinds of messages that a webhook is sent for. */
export const webhookKinds = Object.keys(webhookTypes) as ReadonlyArray<keyof typeof webhookTypes>

export const payloadOf = (message: Message) => {
  const type = webhookTypes[message.kind as keyof typeof webhookTypes]
  if ("alert" in message) {
    const { alertId, kind, subject, detail, raisedAt, endedAt } = message.alert
    return {
      type,
      timestamp: message.happenedAt,
      data: { alert: { id: alertId, kind, subject, detail, raisedAt, endedAt } },
    }
  }
  return { type, timestamp: message.happenedAt, data: { order: publicOrder(message.order) } }
}

const publicOrder = (order: OrderView) => ({
  orderId: order.orderId,
  ...(order.reference !== undefined && { reference: order.reference }),
  state: order.state,
  amount: order.amount,
  currency: order.currency,
  items: order.items,
  createdAt: order.createdAt,
  ...(order.approvedAt !== undefined && { approvedAt: order.approvedAt }),
  refund: order.refund,
})
