/** The checkout in a webview, without any framework. */

export {
  type ApiOptions,
  type Created,
  type Executed,
  makeApi,
  Refused,
  Undecided,
  type Wish,
} from "./api.ts"
export {
  type Checkout,
  type CheckoutActor,
  type CheckoutEvent,
  type CheckoutOptions,
  createCheckout,
  type Reason,
  type Screen,
} from "./checkout.ts"
export { type Language, messages, type Words, wordsOf } from "./messages.ts"
export { type Pending, type PendingStore, sdkStorage, webStorage } from "./pending.ts"
export { type CheckoutPayment, isInTossApp, sdkCheckoutPayment } from "./sheet.ts"
