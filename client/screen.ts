/** What a checkout in the webview shows, tells and needs. */

import type { InspectionEvent } from "xstate"
import type { Step } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import type { ApiOptions, Wish } from "./api.ts"
import type { CheckoutActor } from "./copy.ts"
import type { PendingStorage } from "./pending.ts"
import type { SheetAnswer, SheetOptions } from "./sheet.ts"

/** Why the buyer stands where they stand, in words of ours. */
export type Reason =
  | "ONLY_IN_TOSS"
  | "CLOSED"
  | "NO_ANSWER"
  | "UNREACHABLE"
  | "UNAUTHENTICATED"
  | "RATE_LIMITED"

/** What to show. A new object whenever something changed. */
export interface Screen {
  readonly step: Step | "idle" | "creating" | "authenticating"
  /** The machine's state; `null` before there is an order. */
  readonly at: StatePath | null
  readonly orderId: string | null
  /** Won: of the order or, after `PRICE_CHANGED`, what it would cost now. */
  readonly amount: number | null
  /** Ours, or the server's code for a definite no, such as `PRICE_CHANGED`. */
  readonly reason: Reason | (string & {}) | null
  /** The server's or TossPay's own words, to be shown as they are. */
  readonly message: string | null
  /** What TossPay or the SDK said, which may be a code: for an app that shows it beside our words. */
  readonly detail: string | null
  /** Something is under way; a tap does nothing. */
  readonly isBusy: boolean
  /** A tap to pay does something now. */
  readonly canPay: boolean
  /** This order is over, and another one may begin. */
  readonly canStartOver: boolean
}

/** What happened, for the app's own analytics. */
export type CheckoutEvent =
  | { readonly type: "tapped" }
  | { readonly type: "created"; readonly orderId: string; readonly amount: number }
  | { readonly type: "sheetOpened"; readonly orderId: string }
  | ({ readonly type: "sheetAnswered"; readonly orderId: string } & SheetAnswer)
  | { readonly type: "moved"; readonly orderId: string; readonly to: StatePath }
  /** The server said no; `reason` is its code, and `amount` what it costs now if that is why, in won. */
  | { readonly type: "refused"; readonly reason: string; readonly amount?: number | undefined }
  | Paid

/**
 * Told once for an order on a device, whichever of its pages is the first to know, even if the page that was paid on died
 * before it could tell. Of pages that offer a `wish` only those of the order's own tell it. Where there is no storage each
 * page tells it.
 */
export interface Paid {
  readonly type: "paid"
  readonly orderId: string
  /** Won. */
  readonly amount: number
}

/** Read whenever they are needed, so all but `storage` and `storageName` may change: those stay what they were at first. */
export interface CheckoutOptions extends ApiOptions, SheetOptions {
  /** What the page offers. An order of anything else is shown only while paying again might charge twice. */
  readonly wish?: Wish | undefined
  /** Absent: whether the Toss app's bridge is there. */
  readonly isInTossApp?: (() => boolean) | undefined
  /** Where the order survives a reload. Absent: the browser's localStorage. */
  readonly storage?: PendingStorage | undefined
  /** Its name there; checkouts of different names know nothing of each other. */
  readonly storageName?: string | undefined
  /** Called after what it tells of. What it throws is not caught, and ends nothing. */
  readonly onEvent?: ((event: CheckoutEvent) => void) | undefined
  /** Sees every move of the machine, as XState's own `inspect`. What it throws ends nothing. */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined
}

export interface Checkout {
  readonly screen: () => Screen
  /** Calls back on every change; returns how to stop that. What the listener throws ends nothing. */
  readonly subscribe: (listener: () => void) => () => void
  /** The copy of the machine as it runs now; `null` before there is an order. */
  readonly actor: () => CheckoutActor | null
  /**
   * Takes up what an earlier page left unfinished, now and whenever the buyer comes back to the page. Returns how to stop;
   * what TossPay was asked goes on.
   */
  readonly start: () => () => void
  /** The buyer's tap. A second one while the first is worked on does nothing. */
  readonly pay: (wish: Wish) => void
  /** Asks how the order stands, at once: where nothing asks by itself, or where the next question would come later. */
  readonly askAgain: () => void
  /** Leaves an order that is over, for the next one. */
  readonly startOver: () => void
}

const payable = /idle|ready|unpaid|refunded/
/** Paid or unpaid, either. */
const over = /paid|refunded/

/** The screen after a change; what the buyer may do follows from the step. */
export const changed = (screen: Screen, change: Partial<Screen>): Screen => {
  const next = { ...screen, ...change }
  const { step, isBusy } = next
  return { ...next, canPay: !isBusy && payable.test(step), canStartOver: !isBusy && over.test(step) }
}

/** Before there is an order. */
export const idle = changed({} as Screen, {
  step: "idle",
  at: null,
  orderId: null,
  amount: null,
  reason: null,
  message: null,
  detail: null,
  isBusy: false,
})
