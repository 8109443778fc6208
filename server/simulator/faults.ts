/**
 * What can go wrong on the way to the bank and back, as data: a switched-on fault waits for the call it is meant for
 * and bends it. The bank itself knows nothing of faults.
 */

import { Schema } from "effect"
import { type CallName, callNames } from "./calls.ts"
import {
  type Answer,
  broken,
  brokenResults,
  failed,
  htmlReply,
  type Success,
  toWire,
  type WireReply,
} from "./envelope.ts"

const DelayMs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_600_000 }))

const target = {
  call: Schema.Literals(callNames),
  /** How many matching calls it bends before it is used up. Absent: one. */
  times: Schema.optional(
    Schema.Union([Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), Schema.Literal("always")]),
  ),
  /** Only calls about this payment. */
  payToken: Schema.optional(Schema.String),
  /** Only calls about this order. */
  orderNo: Schema.optional(Schema.String),
}

const Kinds = Schema.Union([
  /** Nothing happens at the bank, and the connection breaks. */
  Schema.Struct({ ...target, fault: Schema.Literal("replyLostBefore") }),
  /** It happens, and then the connection breaks. */
  Schema.Struct({ ...target, fault: Schema.Literal("replyLostAfter") }),
  /** It happens at once; the reply takes its time. */
  Schema.Struct({ ...target, fault: Schema.Literal("slow"), delayMs: DelayMs }),
  /** It happens only after the delay, whether or not the caller still waits: the worst time for a status query. */
  Schema.Struct({ ...target, fault: Schema.Literal("late"), delayMs: DelayMs }),
  /** HTTP 503 out of a gateway, in HTML. Unless `charged` says so, nothing happened. */
  Schema.Struct({ ...target, fault: Schema.Literal("http503"), charged: Schema.optional(Schema.Boolean) }),
  /** The same with HTTP 404. */
  Schema.Struct({ ...target, fault: Schema.Literal("http404"), charged: Schema.optional(Schema.Boolean) }),
  /** HTTP 429; nothing happened. */
  Schema.Struct({
    ...target,
    fault: Schema.Literal("http429"),
    retryAfterSeconds: Schema.optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3600 }))),
  }),
  /** It happens, but the reply is no JSON. */
  Schema.Struct({ ...target, fault: Schema.Literal("unreadable") }),
  /** It happens, and the reply names another amount: `value`, or one won too much. */
  Schema.Struct({ ...target, fault: Schema.Literal("wrongAmount"), value: Schema.optional(Schema.Int) }),
  /** It happens, and the reply says LIVE for TEST and TEST for LIVE. */
  Schema.Struct({ ...target, fault: Schema.Literal("wrongMode") }),
  /** It happens, and the reply names another order: `value`, or one that does not exist. */
  Schema.Struct({ ...target, fault: Schema.Literal("wrongOrderNo"), value: Schema.optional(Schema.String) }),
  /** It happens, and the reply names another token: `value`, or one that does not exist. */
  Schema.Struct({ ...target, fault: Schema.Literal("wrongPayToken"), value: Schema.optional(Schema.String) }),
  /** An envelope that says neither yes nor no. `charged`: whether what was asked for happened. */
  Schema.Struct({
    ...target,
    fault: Schema.Literal("resultType"),
    value: Schema.Literals(brokenResults),
    charged: Schema.Boolean,
  }),
  /** A definite no with this code; nothing happened. Numbers are seen in practice (TossPay reference: envelope). */
  Schema.Struct({
    ...target,
    fault: Schema.Literal("errorCode"),
    value: Schema.Union([Schema.String.check(Schema.isBetweenLength(1, 100)), Schema.Int]),
  }),
])

type Kind = typeof Kinds.Type

/** A fault that could never bend anything is refused, so that nobody believes in a rehearsal that did not happen. */
export const Fault = Kinds.check(
  Schema.makeFilter((fault: Kind) => {
    const field = lies[fault.fault]
    if (field !== undefined && !repliesWith[field].includes(fault.call)) {
      return `the reply to ${fault.call} has no ${field}`
    }
    return fault.call === "make-payment" && fault.payToken !== undefined
      ? "make-payment has no payToken yet: name the orderNo"
      : undefined
  }),
)

export type Fault = typeof Fault.Type

/** What a call is about, as far as it can be told. */
export interface Subject {
  readonly name: CallName
  readonly payToken: string | null
  readonly orderNo: string | null
}

/** The oldest fault that is meant for this call, if any, and the faults that are left after it is used. */
export const takeFault = (
  faults: ReadonlyArray<Fault>,
  subject: Subject,
): { readonly taken: Fault | null; readonly left: ReadonlyArray<Fault> } => {
  const index = faults.findIndex((fault) => concerns(fault, subject))
  const taken = faults[index]
  if (taken === undefined || taken.times === "always") return { taken: taken ?? null, left: faults }
  const times = (taken.times ?? 1) - 1
  return { taken, left: times > 0 ? faults.with(index, { ...taken, times }) : faults.toSpliced(index, 1) }
}

const concerns = (fault: Fault, subject: Subject): boolean =>
  fault.call === subject.name &&
  (fault.payToken === undefined || fault.payToken === subject.payToken) &&
  (fault.orderNo === undefined || fault.orderNo === subject.orderNo)

/** The way a call takes under a fault. */
interface Course {
  /** How long the call is held up before it reaches the bank. */
  readonly waitBeforeMs: number
  /** Whether it reaches the bank at all. */
  readonly happens: boolean
  readonly waitAfterMs: number
  /** What the caller gets. `honest` is the bank's own answer, `null` if the call never reached it. */
  readonly reply: (honest: Answer | null) => WireReply
}

export const courseOf = (fault: Fault): Course => {
  const at = { waitBeforeMs: 0, waitAfterMs: 0 }
  switch (fault.fault) {
    case "replyLostBefore":
      return { ...at, happens: false, reply: () => ({ _tag: "Lost" }) }
    case "replyLostAfter":
      return { ...at, happens: true, reply: () => ({ _tag: "Lost" }) }
    case "slow":
      return { ...at, waitAfterMs: fault.delayMs, happens: true, reply: honestly }
    case "late":
      return { ...at, waitBeforeMs: fault.delayMs, happens: true, reply: honestly }
    case "http503":
      return { ...at, happens: fault.charged ?? false, reply: () => htmlReply(503, serviceUnavailable) }
    case "http404":
      return { ...at, happens: fault.charged ?? false, reply: () => htmlReply(404, notFound) }
    case "http429": {
      const data = { retryAfterSeconds: fault.retryAfterSeconds ?? 1 }
      return { ...at, happens: false, reply: () => toWire(failed(429, "COMMON_THROTTLED", null, data)) }
    }
    case "unreadable":
      return { ...at, happens: true, reply: () => htmlReply(200, unreadable) }
    case "resultType":
      return { ...at, happens: fault.charged, reply: () => toWire(broken(fault.value)) }
    case "errorCode":
      return { ...at, happens: false, reply: () => toWire(failed(200, fault.value)) }
    case "wrongAmount":
      return {
        ...at,
        happens: true,
        reply: lying(amountIn(fault.call), (amount) => fault.value ?? Number(amount) + 1),
      }
    case "wrongMode":
      return { ...at, happens: true, reply: lying("mode", (mode) => (mode === "LIVE" ? "TEST" : "LIVE")) }
    case "wrongOrderNo":
      return { ...at, happens: true, reply: lying("orderNo", (orderNo) => fault.value ?? another(orderNo)) }
    case "wrongPayToken":
      return {
        ...at,
        happens: true,
        reply: lying("payToken", (payToken) => fault.value ?? another(payToken)),
      }
  }
}

type Field = "amount" | "mode" | "orderNo" | "payToken"

/** A refund names its amount otherwise, and below 0. */
const amountIn = (call: CallName): string => (call === "refund-payment" ? "refundedAmount" : "amount")

const lies: Readonly<Partial<Record<Kind["fault"], Field>>> = {
  wrongAmount: "amount",
  wrongMode: "mode",
  wrongOrderNo: "orderNo",
  wrongPayToken: "payToken",
}

/** Which replies carry the field that a fault can lie about. */
const repliesWith: Readonly<Record<Field, ReadonlyArray<CallName>>> = {
  amount: ["execute-payment", "get-payment-status", "refund-payment"],
  mode: ["execute-payment", "get-payment-status"],
  orderNo: ["execute-payment", "get-payment-status"],
  payToken: callNames,
}

const honestly = (honest: Answer | null): WireReply => (honest === null ? { _tag: "Lost" } : toWire(honest))

/** Changes one field of a success. A refusal has no such field and passes as it is. */
const lying =
  (field: string, instead: (truth: unknown) => unknown) =>
  (honest: Answer | null): WireReply => {
    if (honest?.envelope.resultType !== "SUCCESS") return honestly(honest)
    const success: Success = { ...honest.envelope.success, [field]: instead(honest.envelope.success[field]) }
    return toWire({ ...honest, envelope: { resultType: "SUCCESS", success } })
  }

/** Another name of the same form: the last character differs. */
const another = (name: unknown): string => String(name).replace(/.$/, (last) => (last === "0" ? "1" : "0"))

const serviceUnavailable = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
const notFound = "<html><body><h1>404 Not Found</h1></body></html>"
const unreadable = "<!doctype html><html><body>일시적인 오류가 발생했습니다.</body></html>"
