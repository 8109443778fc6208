/**
 * The checkout server as Effect layers. `checkoutServer` is all of it, over HTTP; the use cases can be called without HTTP
 * where `EventLog`, `TossPay`, `Payers`, `Catalog` and `Advance` are provided.
 */

export { type Alert, type AlertKind, Alerts, alertKinds, type Occurrence } from "./alerts/alerts.ts"
export { checkoutServer, checkoutsBeside, logging, type ServerOptions } from "./app.ts"
export { Catalog, type Wish } from "./catalog.ts"
export { Advance } from "./checkout/advance.ts"
export { type CreateRequest, createCheckout, type Terms } from "./checkout/create.ts"
export { type Decided, decideOutcome, decisionMeanings } from "./checkout/decideOutcome.ts"
export { executeCheckout } from "./checkout/execute.ts"
export { listOrders, type OrderPage, readOrder } from "./checkout/orders.ts"
export { type Reconciled, reconcile } from "./checkout/reconcile.ts"
export { type Pace, type Recovered, type Recovery, recoverDue, recoveryWorker } from "./checkout/recover.ts"
export { refundCheckout } from "./checkout/refund.ts"
export { reportAuthentication, type SheetOutcome } from "./checkout/report.ts"
export { type Waiting, waitingForPerson } from "./checkout/waiting.ts"
export { CurrentSettings, type SettingDefaults, type Settings } from "./config.ts"
export { migrate } from "./database/migrate.ts"
export { Database } from "./database/postgres.ts"
export { CannotStart, PaymentRefused, Refusal, Unavailable } from "./errors.ts"
export type { Finding, FindingKind } from "./integrity/finding.ts"
export { CheckpointKeys } from "./integrity/keys.ts"
export { sealingWorker } from "./integrity/seal.ts"
export { type VerifyOptions, type VerifyReport, verify } from "./integrity/verify.ts"
export { type Append, type Backlog, EventLog, type Lookup, type Recorded } from "./log/eventLog.ts"
export { postgresEventLog } from "./log/postgres.ts"
export { Payers } from "./payers/payers.ts"
export {
  type Discrepancy,
  type DiscrepancyOutcome,
  outcomeMeanings as discrepancyMeanings,
} from "./reconciliation/discrepancy.ts"
export { reconcileBooks } from "./reconciliation/reconcileBooks.ts"
export { beginRun, findRun, type Run } from "./reconciliation/runs.ts"
export {
  Deliveries,
  type Delivery,
  type DeliveryFilter,
  type SubscriptionStatus,
} from "./subscriptions/deliveries.ts"
export { type Handler, Postpone, type SubscriptionOptions, Unsubscribe } from "./subscriptions/handler.ts"
export type { AlertMessage, OrderMessage } from "./subscriptions/messages.ts"
export { onAlert, onRefunded, onSettled } from "./subscriptions/subscription.ts"
export { tossPayClient } from "./tosspay/client.ts"
export { TossPay } from "./tosspay/tosspay.ts"
