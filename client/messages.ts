/** What the buyer is told at each step: what is, and what to do. All of it can be replaced. */

import type { Reason, Screen } from "./screen.ts"

export type Language = "ko" | "en"

/** A sentence for every step and every reason, and what the button says. */
export type Words = Readonly<Record<Screen["step"] | Reason, string>> & {
  /** On the button, with an amount in won. */
  readonly pay: (amount: number) => string
  /** On the button once an order is over. */
  readonly again: string
  /** On the button while only asking again is of use. */
  readonly check: string
}

const ko: Words = {
  pay: (amount) => `${amount.toLocaleString("en-US")}원 결제하기`,
  again: "다시 주문하기",
  check: "다시 확인하기",
  idle: "",
  ready: "아직 결제하지 않았어요. 이어서 결제할 수 있어요.",
  creating: "주문을 만들고 있어요…",
  authenticating: "결제창에서 인증해 주세요…",
  executing: "결제하고 있어요…",
  confirming: "결제 결과를 확인하고 있어요. 다시 결제하지 마세요.",
  review: "결제 결과를 확인하고 있어요. 다시 결제하지 마세요. 고객센터에 문의해 주세요.",
  paid: "결제했어요.",
  refunding: "환불하고 있어요.",
  refunded: "환불했어요.",
  unpaid: "결제되지 않았어요. 다시 시도해 주세요.",
  ONLY_IN_TOSS: "토스 앱에서 결제해 주세요.",
  CLOSED: "결제되지 않았어요. 이어서 결제할 수 있어요.",
  NO_ANSWER: "결제창에서 답을 받지 못했어요. 결제되지 않았어요. 다시 시도해 주세요.",
  UNREACHABLE: "서버에 연결할 수 없어요. 잠시 후 다시 시도해 주세요.",
  UNAUTHENTICATED: "로그인이 필요해요.",
  RATE_LIMITED: "잠시 후 다시 시도해 주세요.",
}

const en: Words = {
  pay: (amount) => `Pay ₩${amount.toLocaleString("en-US")}`,
  again: "Order again",
  check: "Check again",
  idle: "",
  ready: "Not paid yet. You can pay it now.",
  creating: "Creating your order…",
  authenticating: "Please confirm in the payment sheet…",
  executing: "Paying…",
  confirming: "We are confirming your payment. Please do not pay again.",
  review: "We are confirming your payment. Please do not pay again. Please contact support.",
  paid: "Paid.",
  refunding: "Refunding…",
  refunded: "Refunded.",
  unpaid: "Nothing was charged. Please try again.",
  ONLY_IN_TOSS: "Please pay in the Toss app.",
  CLOSED: "Nothing was charged. You can pay it now.",
  NO_ANSWER: "The payment sheet gave no answer. Nothing was charged. Please try again.",
  UNREACHABLE: "No connection. Please try again in a moment.",
  UNAUTHENTICATED: "Please sign in.",
  RATE_LIMITED: "Please try again in a moment.",
}

export const messages: Readonly<Record<Language, Words>> = { ko, en }

/**
 * What a screen says: the words that came with it, else its reason's, else its step's. While a payment is being confirmed that is
 * said whatever else there is to say, and of a price that changed the buyer is told which it is now, before they tap again.
 */
export const wordsOf = ({ step, reason, message, amount }: Screen, words: Words): string =>
  [
    (step === "confirming" || !(message || reason)) && words[step],
    message || (reason && (words[reason as Reason] ?? words.unpaid)),
    reason === "PRICE_CHANGED" && amount && words.pay(amount),
  ]
    .filter(Boolean)
    .join(" ")
