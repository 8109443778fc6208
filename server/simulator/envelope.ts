/**
 * The form of every reply (TossPay reference: envelope): SUCCESS with a `success`, or something else with an `error`
 * whose text is in `reason`. A business refusal comes with HTTP 200.
 */

export const brokenResults = [
  "HTTP_TIMEOUT",
  "NETWORK_ERROR",
  "EXECUTION_FAIL",
  "INTERRUPTED",
  "INTERNAL_ERROR",
] as const

type BrokenResult = (typeof brokenResults)[number]

export type Success = Readonly<Record<string, unknown>>

interface ErrorBody {
  readonly errorType: number
  readonly errorCode: string | number
  readonly reason: string
  readonly data: Readonly<Record<string, unknown>>
  readonly title: string
}

type Envelope =
  | { readonly resultType: "SUCCESS"; readonly success: Success }
  | { readonly resultType: "FAIL" | BrokenResult; readonly error: ErrorBody }

/** A reply before it is written out, so that a fault can still change a field of it. */
export interface Answer {
  readonly status: number
  readonly envelope: Envelope
}

/** What comes back over the wire: a reply, or nothing at all because the connection broke. */
export type WireReply =
  | {
      readonly _tag: "Reply"
      readonly status: number
      readonly headers: { readonly "content-type": string }
      readonly body: string
    }
  | { readonly _tag: "Lost" }

export const succeeded = (success: Success): Answer => ({
  status: 200,
  envelope: { resultType: "SUCCESS", success },
})

/** A definite no: nothing happened. `detail` adds to the text that belongs to the code. */
export const failed = (
  status: number,
  errorCode: string | number,
  detail: string | null = null,
  data: Success = {},
): Answer => ({ status, envelope: { resultType: "FAIL", error: errorBody(errorCode, detail, data) } })

/** An envelope that says neither yes nor no. */
export const broken = (resultType: BrokenResult): Answer => ({
  status: 200,
  envelope: { resultType, error: errorBody(resultType, null, {}) },
})

export const toWire = ({ status, envelope }: Answer): WireReply => jsonReply(status, JSON.stringify(envelope))

/** A reply that claims to be JSON, whatever the body really is. */
const jsonReply = (status: number, body: string): WireReply => ({
  _tag: "Reply",
  status,
  headers: { "content-type": "application/json;charset=UTF-8" },
  body,
})

export const htmlReply = (status: number, body: string): WireReply => ({
  _tag: "Reply",
  status,
  headers: { "content-type": "text/html;charset=UTF-8" },
  body,
})

const errorBody = (errorCode: string | number, detail: string | null, data: Success): ErrorBody => {
  const text = reasons[errorCode] ?? "요청을 처리하지 못했어요"
  return {
    errorType: 0,
    errorCode,
    reason: detail === null ? text : `${text}: ${detail}`,
    data,
    title: "토스페이",
  }
}

/** The texts of the codes that the bank gives by itself. Real texts vary: nobody may compare them. */
const reasons: Readonly<Record<string, string>> = {
  CARD_MIN_AMOUNT_ERROR: "카드는 100원부터 결제할 수 있어요",
  COMMON_EXCEED_LIMIT: "한 번에 결제할 수 있는 금액을 넘었어요",
  COMMON_INVALID_PARAMETER: "요청 값이 올바르지 않아요",
  COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS: "지금 상태에서는 처리할 수 없는 결제예요",
  COMMON_REFUND_ERROR: "환불할 수 없는 결제예요",
  COMMON_THROTTLED: "요청이 너무 많아요. 잠시 후 다시 시도해주세요",
  COMMON_UNAUTHORIZED: "권한이 없는 요청이에요",
  EXECUTE_PAY_NOT_APPROVED: "구매자가 아직 인증하지 않은 결제예요",
  INACTIVE_USER: "토스를 탈퇴한 사용자예요",
  PAYMENT_DUPLICATION_ORDER_NO: "이미 사용한 주문번호예요",
  PAYMENT_EXISTING_PAYMENT: "이미 결제된 건이에요",
  PAY_UNAUTHORIZED: "결제를 요청한 사용자와 달라요",
  REFUND_ALREADY_REFUNDED: "이미 환불된 결제예요",
  REFUND_EXCEED_DAILY: "오늘 환불할 수 있는 금액을 넘었어요",
  TRANSACTION_NOT_FOUND: "결제를 찾을 수 없어요",
  TRANSACTION_PENDING_ERROR: "결제가 아직 처리되고 있어요",
}
