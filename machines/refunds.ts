/**
 * The way back of money: the same for a payment that agreed and for one that did not. `whole` names the state in which all
 * of the money is with the shop and nothing of ours is under way.
 */

import { asking, askingForADay } from "./asking.ts"

const toRefunded = { guard: "refundedThere", target: "refunded", actions: "refundKept" } as const
/** A confirmation is believed wherever it comes in. */
const confirmed = { ...toRefunded, guard: "givenBack" } as const
const asksAbout = { actions: ["refundLost", "askStatus"] } as const
const toRefunding = { guard: "refundingThere", target: "refunding", actions: "noted" } as const
const toStuck = { guard: "dayIsOver", target: "stuck", actions: ["noted", "raiseAlert"] } as const
const toStuckOfOurs = { ...toStuck, guard: "refundOverdue" } as const

/**
 * Money that lies with the shop. Before it is called back TossPay is asked, because whoever uses its own dashboard refunds
 * too, and whether a second refund of one payment is refused there is not documented.
 */
export const whole = {
  RefundRequested: { guard: "nextRefund", target: "refunding", actions: ["refundAsked", "askStatus"] },
  RefundStarted: { guard: "uncounted", target: "refunding", actions: "refundClaimed" },
  RefundConfirmed: confirmed,
  StatusReported: [toRefunded, toRefunding, { guard: "finalThere", actions: "finalityKept" }],
} as const

export const refunds = <const Whole extends "paid" | "charged">(whole: Whole) => {
  const toFinal = { guard: "finalThere", target: whole, actions: ["finalityKept", "raiseAlert"] } as const
  return {
    /** A refund is due, and no call of ours is under way. */
    owed: {
      on: {
        ...askingForADay(toStuck),
        RefundStarted: {
          guard: "nextRefund",
          target: "refunding",
          actions: ["refundClaimed", "refundPayment"],
        },
        RefundConfirmed: confirmed,
        StatusReported: [
          toRefunded,
          toRefunding,
          toFinal,
          toStuck,
          { guard: "wholeThere", actions: ["noted", "startRefund"] },
          { actions: "noted" },
        ],
      },
    },
    /** A call of ours is on its way within its lease, or TossPay is asked: before the first call, and what became of each. */
    refunding: {
      on: {
        ...askingForADay(toStuckOfOurs),
        RefundConfirmed: [confirmed, { guard: "thisRefund", ...asksAbout }],
        RefundRefused: [
          { guard: "thisRefund", actions: ["refundRefusalKept", "askStatus"] },
          { guard: "uncounted", target: whole, actions: "refundRefusalKept" },
        ],
        RefundPostponed: { guard: "thisRefund", actions: "refundAnswered" },
        RefundOutcomeUnknown: { guard: "thisRefund", ...asksAbout },
        LeaseExpired: asksAbout,
        StatusReported: [
          toRefunded,
          toStuckOfOurs,
          toFinal,
          { guard: "refundFailed", target: whole, actions: ["questionOpened", "raiseAlert"] },
          { guard: "safeToRefundAgain", target: "owed", actions: ["noted", "startRefund"] },
          { actions: "noted" },
        ],
      },
    },
    /** A day of questions gave no answer. */
    stuck: {
      on: {
        ...asking,
        RefundConfirmed: confirmed,
        StatusReported: [
          toRefunded,
          toFinal,
          { guard: "wholeThere", target: whole, actions: "questionOpened" },
          { actions: "noted" },
        ],
      },
    },
    refunded: { on: { StatusReported: {} } },
  } as const
}
