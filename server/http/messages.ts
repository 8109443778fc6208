/** What people are told, in Korean and English: what happened and what to do. Programs use the reason code. */

import type { Language } from "../catalog.ts"

/** Korean unless the caller asks for English before Korean: the buyers are Toss users. */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  for (const part of (acceptLanguage ?? "").toLowerCase().split(",")) {
    if (part.trim().startsWith("ko")) return "ko"
    if (part.trim().startsWith("en")) return "en"
  }
  return "ko"
}

const messages: Readonly<Record<string, readonly [ko: string, en: string]>> = {
  UNAUTHENTICATED: ["로그인이 필요해요.", "Please sign in."],
  FORBIDDEN: ["권한이 없어요.", "Your role does not allow this."],
  CHECKOUT_NOT_FOUND: ["주문을 찾을 수 없어요.", "This order does not exist."],
  DELIVERY_NOT_FOUND: ["메시지를 찾을 수 없어요.", "This delivery does not exist."],
  SUBSCRIPTION_NOT_FOUND: ["구독을 찾을 수 없어요.", "This subscription does not exist."],
  IN_PROGRESS: [
    "같은 주문을 처리하고 있어요. 잠시 후 다시 확인해 주세요.",
    "The same order is being created. Please check again in a moment.",
  ],
  PRICE_CHANGED: [
    "가격이 바뀌었어요. 새 금액을 확인해 주세요.",
    "The price has changed. Please check the new total.",
  ],
  ALREADY_PAID: ["이미 결제한 주문이에요.", "This order is already paid."],
  BODY_TOO_LARGE: ["요청이 너무 커요.", "The request is too large."],
  HEADERS_TOO_LARGE: ["요청이 너무 커요.", "The request's headers are too large."],
  REQUEST_TIMEOUT: ["요청이 끝까지 오지 않았어요.", "The request did not arrive in time."],
  INVALID_REQUEST: ["요청 형식이 올바르지 않아요.", "The request is not valid."],
  RATE_LIMITED: [
    "요청이 너무 많아요. 잠시 후 다시 시도해 주세요.",
    "Too many requests. Please try again in a moment.",
  ],
  UNKNOWN_PRODUCT: ["판매하지 않는 상품이에요.", "This product is not for sale."],
  AMOUNT_OUT_OF_RANGE: ["결제할 수 없는 금액이에요.", "This amount cannot be paid."],
  IDEMPOTENCY_KEY_REUSED: [
    "같은 키로 다른 요청을 보냈어요.",
    "This idempotency key was used for another request.",
  ],
  DATABASE_UNAVAILABLE: [
    "지금은 처리할 수 없어요. 잠시 후 다시 시도해 주세요.",
    "We cannot do this right now. Please try again in a moment.",
  ],
  TOSSPAY_UNAVAILABLE: [
    "토스페이에 연결할 수 없어요. 결제되지 않았어요. 잠시 후 다시 시도해 주세요.",
    "TossPay cannot be reached. Nothing was charged. Please try again in a moment.",
  ],
  AUTHENTICATION_UNAVAILABLE: [
    "지금은 로그인을 확인할 수 없어요. 잠시 후 다시 시도해 주세요.",
    "Your sign-in cannot be checked right now. Please try again in a moment.",
  ],
  SERVER_BUSY: [
    "지금은 요청이 많아요. 잠시 후 다시 시도해 주세요.",
    "We are very busy right now. Please try again in a moment.",
  ],
  PAYER_KEY_UNAVAILABLE: ["잠시 후 다시 시도해 주세요.", "Please try again in a moment."],
  FEED_UNAVAILABLE: [
    "이벤트 피드가 멈췄어요. audit verify로 원장을 확인해 주세요. 원장을 다른 데이터베이스로 옮겼다면 migrate를 실행해 주세요.",
    "The feed has stopped: events lie ahead of every transaction of this database. Run `audit verify`, or `migrate` if the log was moved here.",
  ],
  SERVER_OUTDATED: ["잠시 후 다시 시도해 주세요.", "Please try again in a moment."],
  NOT_FOUND: ["없는 주소예요.", "There is nothing at this address."],
  INTERNAL_ERROR: [
    "문제가 생겼어요. 다시 결제하지 말고 주문 내역을 확인해 주세요.",
    "Something went wrong. Do not pay again; please check your orders.",
  ],
  REFUNDED: ["환불했어요.", "Refunded."],
  REFUNDING: ["환불하고 있어요.", "The refund is on its way."],
  REFUND_WAITS: [
    "환불을 접수했어요. 토스페이가 처리할 수 있게 되면 자동으로 환불되니, 더 하실 일은 없어요.",
    "The refund is noted and will be made by itself as soon as TossPay lets us; nothing more is to be done.",
  ],
  REFUND_REVIEW: [
    "환불 결과를 알 수 없어 담당자가 확인해야 해요.",
    "It is not known whether the refund was made; a person has to look.",
  ],
  REFUND_REFUSED: [
    "토스페이가 환불하지 않았어요. 돈은 가맹점에 있어요.",
    "TossPay did not give it back. The money is still with the shop.",
  ],
  REFUND_FAILED: [
    "환불되지 않았거나 일부만 환불됐어요. 토스페이 대시보드에서 확인해 주세요.",
    "TossPay did not give it back, or only a part of it, and no refund is under way. Its dashboard shows how it stands.",
  ],
  NOT_CHARGED: ["결제되지 않은 주문이에요.", "Nothing was charged that could be refunded."],
  NOT_KNOWN_YET: [
    "결제가 됐는지 확인하고 있어요. 결과가 나온 뒤에 다시 시도해 주세요.",
    "Whether the buyer was charged is being found out. Ask again when it is known.",
  ],
  REFUND_ALREADY_REFUNDED: [
    "토스페이의 답이 서로 달라요. 이미 환불된 결제라며 거절했지만, 결제 상태로는 환불되지 않았어요. 토스페이에 문의해 주세요.",
    "TossPay contradicts itself: it refused because this was given back already, yet its status says that it was not. Ask TossPay.",
  ],
  PAYER_FORGOTTEN: [
    "구매자 정보를 지워서 여기서는 환불할 수 없어요. 토스페이 가맹점 관리자에서 환불해 주세요.",
    "The buyer was forgotten, so this cannot be refunded here, only on TossPay's dashboard.",
  ],
  SETTLEMENT_COMPLETE: [
    "정산이 끝나 더 이상 환불할 수 없어요.",
    "TossPay has settled this payment and refunds it no more.",
  ],
  EXECUTING: [
    "결제 결과를 확인하고 있어요. 다시 결제하지 마세요.",
    "We are confirming your payment. Please do not pay again.",
  ],
  NOT_AUTHENTICATED: [
    "결제 인증이 끝나지 않았어요. 다시 시도해 주세요.",
    "The payment was not authenticated. Please try again.",
  ],
  AUTHENTICATION_REJECTED: ["결제가 취소되었어요.", "Payment was cancelled."],
  EXECUTE_PAY_NOT_APPROVED: [
    "결제 인증이 끝나지 않았어요. 다시 시도해 주세요.",
    "The payment was not authenticated. Please try again.",
  ],
  PAY_TOKEN_LAPSED: [
    "결제 시간이 지났어요. 결제되지 않았어요. 새로 주문해 주세요.",
    "The time to pay is over. Nothing was charged. Please order again.",
  ],
  PAYMENT_CANCELLED: [
    "결제가 취소되었어요. 결제되지 않았어요.",
    "The payment was cancelled. Nothing was charged.",
  ],
  PAYMENT_FAILED: ["결제하지 못했어요. 결제되지 않았어요.", "The payment failed. Nothing was charged."],
}

/** True whatever the order's policy is. */
const mismatch: readonly [string, string] = [
  "주문과 결제 내용이 달라요. 다시 결제하지 마세요. 결제된 금액은 돌려드리거나 담당자가 확인해요.",
  "The payment does not match the order. Do not pay again; money that was taken is returned, or a person looks into it.",
]

/**
 * `detail` is TossPay's or the SDK's own text, shown as it came where we have no words of our own; where it is silent too, we
 * have some for what was refused.
 */
export const messageOf = (
  reason: string,
  language: Language,
  detail?: string | null,
  refused: "PAYMENT_FAILED" | "REFUND_REFUSED" = "PAYMENT_FAILED",
): string => {
  const pair =
    messages[reason] ?? (reason.endsWith("_MISMATCH") || reason === "UNEXPECTED_CHARGE" ? mismatch : null)
  if (pair === null) return detail ?? messageOf(refused, language)
  return pair[language === "ko" ? 0 : 1]
}
