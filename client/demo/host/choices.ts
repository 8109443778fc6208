/** What the buyer can do on the sheet: tell the bank (or not), and answer the webview (or not). */

import { nativeError } from "./nativeError.ts"

export interface Choice {
  readonly label: string
  readonly tellBank: "approve" | "decline" | "close" | null
  readonly answer: () => Promise<unknown>
}

const success = async () => ({ success: true })

export const pay: Choice = { label: "결제하기", tellBank: "approve", answer: success }

export const close: Choice = {
  label: "닫기",
  tellBank: "close",
  answer: async () => ({ success: false, reason: "사용자가 결제를 취소했어요." }),
}

/** What a sheet has been seen to do, or may do, besides. */
export const oddities: ReadonlyArray<Choice> = [
  {
    label: "거절하기 · decline",
    tellBank: "decline",
    answer: async () => ({ success: false, reason: "결제가 거절되었어요." }),
  },
  {
    label: "승인 후 응답 없음 · approve, never answer",
    tellBank: "approve",
    answer: () => new Promise<never>(() => {}),
  },
  {
    label: "승인 후 오류 · approve, then reject",
    tellBank: "approve",
    answer: async () => {
      throw nativeError("NETWORK", "The network connection was lost.")
    },
  },
  { label: "승인 없이 성공 · success without approval", tellBank: null, answer: success },
  {
    label: '{ "false": … } · neither yes nor no',
    tellBank: null,
    answer: async () => ({ false: "PAYMENT_FAILED", reason: "not provisioned" }),
  },
  { label: "undefined · no value", tellBank: null, answer: async () => undefined },
  {
    label: "오류로 거부 · reject with a native error",
    tellBank: null,
    answer: async () => {
      throw nativeError("UNKNOWN", "The operation could not be completed.")
    },
  },
  {
    label: "객체로 거부 · reject with a plain object",
    tellBank: null,
    answer: () => Promise.reject({ code: 4001 }),
  },
]
