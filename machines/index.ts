/** The public surface of the machine: everything the server, the webview and the docs need of it. */

export type { Instruction } from "./checkout.ts"
export type { CheckoutContext, Reason, Refund } from "./context.ts"
export {
  type Accepted,
  type Checkout,
  type Decision,
  decide,
  type Move,
  machineVersion,
  mayBeDecided,
  mayBeExecuted,
  mayBeRefunded,
  nextExecution,
  nextRefund,
  nextRefundAttempt,
  open,
  type Plan,
  plan,
  planAnswer,
  planExecution,
  type Refused,
  refundRequested,
  statusReported,
} from "./decide.ts"
export { type Difference, type DifferenceKind, differenceMeanings, differences } from "./differences.ts"
export type {
  Fact,
  FactOf,
  FactType,
  Item,
  MismatchPolicy,
  News,
  NoAnswer,
  Order,
  RefundWish,
  Unanswered,
} from "./facts.ts"
export { checkoutMachine } from "./machine.ts"
export { type FactSource, factMeanings, factSources, guardMeanings, stateMeanings } from "./meanings.ts"
export { type Milestone, milestonesOf, statesAround } from "./milestones.ts"
export { isWon, maxWon, type Won, won } from "./money.ts"
export {
  agrees,
  type Check,
  type Expected,
  examine,
  isPaid,
  type Mode,
  type PaymentAnswer,
  type PayStatus,
  payStatuses,
  type RefundAnswer,
} from "./payment.ts"
export { type IllegalHistory, isIllegal, replay } from "./replay.ts"
export {
  actionsOf,
  type BuyerAction,
  isOver,
  isStatePath,
  nextOf,
  type Step,
  stepOf,
} from "./screen.ts"
export { removed, withoutSecrets } from "./secrets.ts"
export {
  executingStates,
  type Outcome,
  type StateName,
  type StatePath,
  stateInfo,
  stateName,
  stateNames,
  statePaths,
  states,
  statesOf,
  watchedStates,
} from "./states.ts"
export { legalMoves, moveName, table } from "./table.ts"
export { planDue, type Timer, timerOf } from "./timers.ts"
export { type RecordedFact, upcast } from "./upcast.ts"
export {
  type ExecuteAnswer,
  executeAnswer,
  holdsReference,
  isAnswerable,
  isMinted,
  isPaidFor,
  isRefundAnswerable,
  type OrderView,
  orderView,
  type RefundResult,
  type RefundView,
  refundResult,
  wasNeverMinted,
} from "./view.ts"
