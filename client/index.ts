/** The checkout in a webview, without any framework. */

export type { OrderView } from "../machines/view.ts"
export type { ApiOptions, Wish } from "./api.ts"
export { createCheckout } from "./checkout.ts"
export type { CheckoutActor } from "./copy.ts"
export type { Pending } from "./memory.ts"
export { type Language, messages, type Words, wordsOf } from "./messages.ts"
export type { PendingStorage } from "./pending.ts"
export type { Checkout, CheckoutEvent, CheckoutOptions, Paid, Reason, Screen } from "./screen.ts"
export { type CheckoutPayment, isInTossApp, sdkCheckoutPayment } from "./sheet.ts"
