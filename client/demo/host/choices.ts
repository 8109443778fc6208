/** What can come of the sheet: what the bank is told (or not), and what the webview is answered (or not). */

import { nativeError } from "./nativeError.ts"
import { pageLanguage, words } from "./words.ts"

export interface Choice {
  readonly tellBank: "approve" | "decline" | "close" | null
  readonly answer: () => Promise<unknown>
}

const success = async () => ({ success: true })
const no = (why: "closed" | "declined") => async () => ({
  success: false,
  reason: words[pageLanguage()][why],
})
const never = () => new Promise<never>(() => {})

export const choices = {
  pay: { tellBank: "approve", answer: success },
  close: { tellBank: "close", answer: no("closed") },
  decline: { tellBank: "decline", answer: no("declined") },
  /** The page dies while the buyer is at the sheet, as a webview does when memory runs short. */
  reload: {
    tellBank: "approve",
    answer: () => {
      location.reload()
      return never()
    },
  },
  silence: { tellBank: "approve", answer: never },
  errorAfterApproval: {
    tellBank: "approve",
    answer: async () => {
      throw nativeError("NETWORK", "The network connection was lost.")
    },
  },
  unseenSuccess: { tellBank: null, answer: success },
  neitherYesNorNo: {
    tellBank: null,
    answer: async () => ({ false: "PAYMENT_FAILED", reason: "not provisioned" }),
  },
  noValue: { tellBank: null, answer: async () => undefined },
  nativeError: {
    tellBank: null,
    answer: async () => {
      throw nativeError("UNKNOWN", "The operation could not be completed.")
    },
  },
  plainObject: { tellBank: null, answer: () => Promise.reject({ code: 4001 }) },
} as const satisfies Record<string, Choice>

export type ChoiceName = keyof typeof choices
