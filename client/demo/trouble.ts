/** What can be made to go wrong: at the sheet by the host, on the way to the bank by the simulator. */

import type { ChoiceName } from "./host/choices.ts"

export interface Trouble {
  /** What the sheet does when the buyer taps to pay. */
  readonly sheet: ChoiceName
  /** Faults of the simulator, in the shape of its `POST /simulator/faults`. */
  readonly faults: ReadonlyArray<{
    readonly call: "make-payment" | "execute-payment" | "get-payment-status" | "refund-payment"
    readonly fault: string
    readonly times: 1 | "always"
    readonly delayMs?: number
  }>
}

const atTheSheet = (sheet: ChoiceName): Trouble => ({ sheet, faults: [] })

const onExecute = (fault: string, more: { readonly delayMs?: number } = {}): Trouble => ({
  sheet: "pay",
  faults: [{ call: "execute-payment", fault, times: 1, ...more }],
})

const calls = ["make-payment", "execute-payment", "get-payment-status", "refund-payment"] as const

export const troubles = {
  none: atTheSheet("pay"),
  closed: atTheSheet("close"),
  declined: atTheSheet("decline"),
  reload: atTheSheet("reload"),
  silence: atTheSheet("silence"),
  unseenSuccess: atTheSheet("unseenSuccess"),
  errorAfterApproval: atTheSheet("errorAfterApproval"),
  neitherYesNorNo: atTheSheet("neitherYesNorNo"),
  noValue: atTheSheet("noValue"),
  nativeError: atTheSheet("nativeError"),
  plainObject: atTheSheet("plainObject"),
  lostAfter: onExecute("replyLostAfter"),
  lostBefore: onExecute("replyLostBefore"),
  slow: onExecute("slow", { delayMs: 4_000 }),
  wrongAmount: onExecute("wrongAmount"),
  down: { sheet: "pay", faults: calls.map((call) => ({ call, fault: "http503", times: "always" })) },
} as const satisfies Record<string, Trouble>

export type TroubleName = keyof typeof troubles

export const groups: Readonly<Record<"calm" | "sheet" | "sdk" | "bank", ReadonlyArray<TroubleName>>> = {
  calm: ["none"],
  sheet: ["closed", "declined", "reload", "silence"],
  sdk: ["unseenSuccess", "errorAfterApproval", "neitherYesNorNo", "noValue", "nativeError", "plainObject"],
  bank: ["lostAfter", "lostBefore", "slow", "wrongAmount", "down"],
}

const storedAs = "demo-trouble"

/** What was chosen to go wrong. Kept by the browser's tab, so that a reload of the page is no way out. */
export const chosenTrouble = (): TroubleName => {
  const name = sessionStorage.getItem(storedAs) ?? ""
  return Object.hasOwn(troubles, name) ? (name as TroubleName) : "none"
}

export const keepTrouble = (name: TroubleName): void => sessionStorage.setItem(storedAs, name)
