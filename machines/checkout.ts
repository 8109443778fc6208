/**
 * THE machine: the whole life of a checkout, the same on the server, in the webview and in the docs.
 * It decides and nothing else does. No IO, no clock, no randomness: time arrives as a fact, and what is to be
 * done leaves as a named instruction. What each state means to people is in states.ts; how money goes back is in refunds.ts.
 */

import { setup } from "xstate"
import { asking, askingForADay } from "./asking.ts"
import { type CheckoutContext, type changes, opened } from "./context.ts"
import type { Fact, Order } from "./facts.ts"
import type { guards } from "./guards.ts"
import { refunds, whole } from "./refunds.ts"

/**
 * What the shell is asked to do once the fact is on record. Each is answered with another fact, except that `raiseAlert` tells
 * the operators and nobody answers.
 */
export type Instruction =
  | "requestToken"
  | "startExecution"
  | "executePayment"
  | "askStatus"
  | "startRefund"
  | "refundPayment"
  | "raiseAlert"

/** Names only. What a guard asks is in guards.ts, how a fact is remembered in context.ts; machine.ts puts all together. */
const checkoutSetup = setup(
  {} as {
    types: {
      context: CheckoutContext
      events: Fact
      input: { readonly order: Order; readonly at: string } | undefined
    }
    actions: Record<keyof typeof changes | Instruction, () => void>
    guards: typeof guards
  },
)

/** Stops an event of the root from being taken: in this state it is refused. */
const refused = {}

const afterADay = {
  guard: "dayIsOver",
  target: "#checkout.executing.review",
  actions: ["noted", "raiseAlert"],
} as const

/** What an unfinished payment keeps doing: ask on schedule, note what is no answer, and after a day ask a person. */
const keepAsking = askingForADay(afterADay)

const differenceFound = ["differenceKept", "raiseAlert"] as const
/** Money that differs or comes too late is owed back: by the order's policy its refund starts at once, or a person decides. */
const chargedAfterAll = [
  { guard: "owed", target: "#checkout.mismatched.owed", actions: [...differenceFound, "startRefund"] },
  { guard: "charged", target: "#checkout.mismatched.charged", actions: differenceFound },
] as const
const toPaid = { guard: "paid", target: "#checkout.settled.paid", actions: "paymentKept" } as const

/** Money that moved, and any answer that differs. */
const evidence = [
  toPaid,
  { guard: "refunding", target: "#checkout.settled.refunding", actions: "paymentKept" },
  { guard: "refunded", target: "#checkout.settled.refunded", actions: "paymentKept" },
  ...chargedAfterAll,
  { guard: "differsForGood", target: "#checkout.mismatched.closed", actions: differenceFound },
  { guard: "differs", target: "#checkout.mismatched.open", actions: differenceFound },
] as const

/**
 * The buyer was told that nothing is paid, and a charge that comes to light is never settled, it is given back. `open` is watched
 * until it is over at TossPay, and not given up while a charge is under way there.
 */
const unpaid = <const Kept extends "noted" | "failureKept">(kept: Kept) => {
  const ends = [
    ...chargedAfterAll,
    { guard: "cancelledThere", target: "closed", actions: kept },
    { guard: "overdue", target: "closed", actions: [kept, "raiseAlert"] },
  ] as const
  return {
    open: {
      on: {
        ...asking,
        PaymentExecuted: chargedAfterAll,
        StatusNotFound: [
          { guard: "gone", target: "closed", actions: kept },
          { guard: "dayIsOver", target: "closed", actions: [kept, "raiseAlert"] },
          { actions: "noted" },
        ],
        StatusReported: [...ends, { actions: "noted" }],
        OutcomeCorrected: ends,
      },
    },
    closed: {
      on: {
        PaymentExecuted: chargedAfterAll,
        StatusReported: [...chargedAfterAll, refused],
      },
    },
  } as const
}

const toReady = { target: "#checkout.minted.ready", actions: "notAuthenticated" } as const
const toConfirmed = {
  target: "#checkout.authenticated.confirmed",
  actions: ["startedAnew", "startExecution"],
} as const

/** Answers that mean the same wherever they are believed. */
const approved = { guard: "approved", ...toConfirmed } as const
const executeAgain = { guard: "safeToExecuteAgain", ...toConfirmed } as const
const backToReady = { guard: "safeToReturn", ...toReady } as const
const cancelled = { guard: "cancelled", target: "#checkout.failed.closed", actions: "cancelKept" } as const
const moving = {
  guard: "moving",
  target: "#checkout.executing.unknown",
  actions: "questionOpened",
} as const
const undecided = { guard: "undecided", actions: "noted" } as const

const toRefused = {
  guard: "thisAttempt",
  target: "#checkout.executing.refused",
  actions: ["refusalKept", "askStatus"],
} as const

const toExecuting = {
  guard: "nextAttempt",
  target: "#checkout.executing.calling",
  actions: ["attemptCounted", "executePayment"],
} as const

/** The webview's hints, accepted while the buyer may be at the sheet. */
const hints = {
  AuthenticationStarted: { target: "#checkout.authenticating.sheet", actions: "startedAnew" },
  AuthenticationSucceeded: { target: "#checkout.authenticated.claimed", actions: "hintKept" },
  AuthenticationRejected: { target: "#checkout.minted.ready", actions: "rejectionKept" },
  AuthenticationUnknown: {
    target: "#checkout.authenticating.unknown",
    actions: ["startedAnew", "askStatus"],
  },
} as const

export const checkoutChart = checkoutSetup.createMachine({
  id: "checkout",
  // Called without input by every pure transition, so an absent input has to stand.
  context: ({ input }) => opened(input?.order ?? ({} as Order), input?.at ?? ""),
  initial: "minted",
  entry: "requestToken",

  // Money that moved is recorded from whatever state it finds us in, and before anything else.
  // An answer that differs from the order is a mismatch, whatever else it says.
  on: {
    PaymentExecuted: [toPaid, ...chargedAfterAll],
    StatusReported: evidence,
  },

  states: {
    minted: {
      initial: "requesting",
      states: {
        requesting: {
          on: {
            TokenMinted: { target: "ready", actions: "tokenKept" },
            TokenRefused: { target: "#checkout.failed.closed", actions: "mintRefusalKept" },
            TokenLost: { target: "#checkout.failed.closed", actions: "lossKept" },
            LeaseExpired: { target: "#checkout.failed.closed", actions: "lossKept" },
          },
        },
        ready: {
          on: {
            ...hints,
            TokenExpired: { target: "lapsing", actions: ["questionOpened", "askStatus"] },
          },
        },
        lapsing: {
          on: {
            ...keepAsking,
            StatusNotFound: [
              { guard: "gone", target: "#checkout.failed.closed", actions: "lapseKept" },
              ...keepAsking.StatusNotFound,
            ],
            StatusReported: [
              { guard: "safeToExecute", ...toConfirmed },
              { guard: "cancelled", target: "#checkout.failed.closed", actions: "lapseKept" },
              { guard: "closedForGood", target: "#checkout.failed.closed", actions: "lapseKept" },
              { guard: "waiting", target: "#checkout.failed.open", actions: "lapseKept" },
              moving,
            ],
          },
        },
      },
    },

    authenticating: {
      initial: "sheet",
      on: {
        ...hints,
        ...asking,
        TokenExpired: { target: "#checkout.minted.lapsing", actions: ["questionOpened", "askStatus"] },
        StatusReported: [approved, cancelled, { guard: "waiting", actions: "standbyKept" }, moving],
      },
      states: {
        sheet: {},
        unknown: {},
      },
    },

    authenticated: {
      initial: "claimed",
      on: {
        ExecutionStarted: toExecuting,
        ...keepAsking,
        StatusReported: [approved, { guard: "waiting", ...toReady }, cancelled, moving],
      },
      states: {
        claimed: {},
        confirmed: {},
      },
    },

    executing: {
      initial: "calling",
      states: {
        calling: {
          on: {
            ExecutionRefused: toRefused,
            ExecutionPostponed: { guard: "thisAttempt", target: "postponed", actions: "refusalKept" },
            OutcomeUnknown: {
              guard: "thisAttempt",
              target: "unknown",
              actions: ["questionOpened", "askStatus"],
            },
            LeaseExpired: { target: "unknown", actions: ["questionOpened", "askStatus"] },
          },
        },
        unknown: {
          on: {
            ...keepAsking,
            ExecutionRefused: toRefused,
            StatusReported: [
              { ...afterADay, guard: "stuck" },
              executeAgain,
              cancelled,
              backToReady,
              undecided,
            ],
          },
        },
        postponed: {
          on: {
            ...keepAsking,
            StatusReported: [
              moving,
              { ...afterADay, guard: "stuck" },
              executeAgain,
              cancelled,
              backToReady,
              undecided,
            ],
          },
        },
        refused: {
          on: {
            ...keepAsking,
            StatusReported: [
              backToReady,
              { guard: "waiting", actions: "noted" },
              cancelled,
              { guard: "early", target: "postponed", actions: "noted" },
              { guard: "closedForGood", target: "#checkout.failed.closed", actions: "failureKept" },
              { guard: "approved", target: "#checkout.failed.open", actions: "failureKept" },
              moving,
            ],
          },
        },
        review: {
          on: {
            ...asking,
            StatusReported: [
              cancelled,
              { guard: "waiting", target: "#checkout.failed.closed", actions: "failureKept" },
              undecided,
            ],
            OutcomeCorrected: [
              ...evidence,
              { guard: "cancelled", target: "#checkout.failed.closed", actions: "failureKept" },
              { guard: "closedForGood", target: "#checkout.failed.closed", actions: "failureKept" },
              { guard: "waiting", target: "#checkout.failed.open", actions: "failureKept" },
              { guard: "approved", target: "#checkout.failed.open", actions: "failureKept" },
            ],
          },
        },
      },
    },

    settled: {
      initial: "paid",
      on: { PaymentExecuted: refused },
      states: {
        paid: { on: { ...whole, StatusReported: [...whole.StatusReported, refused] } },
        ...refunds("paid"),
      },
    },

    mismatched: {
      initial: "charged",
      on: { PaymentExecuted: refused },
      states: {
        // Watched until the money is back, whoever gives it back. A policy that was never tried is tried.
        charged: {
          on: {
            ...asking,
            ...whole,
            StatusReported: [
              ...whole.StatusReported,
              { guard: "neverTried", target: "owed", actions: ["noted", "startRefund"] },
              { actions: "noted" },
            ],
          },
        },
        ...refunds("charged"),
        ...unpaid("noted"),
      },
    },

    failed: { initial: "closed", states: unpaid("failureKept") },
  },
})
