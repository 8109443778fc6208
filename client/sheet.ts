/**
 * The payment sheet, as the SDK opens it. It only authenticates the buyer, and whatever comes of it becomes one of three:
 * only `success === true` is a yes and only `success === false` a no; everything else says nothing.
 */

import { within } from "./within.ts"

/** The SDK's function, of whichever SDK line. */
export type CheckoutPayment = (options: {
  readonly params: { readonly payToken: string }
}) => Promise<unknown>

export interface SheetAnswer {
  readonly outcome: "succeeded" | "rejected" | "unknown"
  /** The SDK's own words, to be shown as they are. */
  readonly reason: string | null
}

/** What the machine makes of it. */
export const hints = {
  started: "AuthenticationStarted",
  succeeded: "AuthenticationSucceeded",
  rejected: "AuthenticationRejected",
  unknown: "AuthenticationUnknown",
} as const

/** Whether the SDK can open a sheet here. In a plain browser it only rejects, and on a server it never answers. */
export const isInTossApp = (): boolean =>
  "ReactNativeWebView" in globalThis || "__appsInTossNativeBridge" in globalThis

/** The real SDK, loaded when it is needed: importing this module needs no window. */
export const sdkCheckoutPayment: CheckoutPayment = async (options) =>
  (await import("@apps-in-toss/web-framework")).checkoutPayment(options)

/** Opens the sheet. The SDK has no time limit of its own: once `patienceMs` are over nothing is known. */
export const openSheet = async (
  checkoutPayment: CheckoutPayment,
  payToken: string,
  patienceMs: number,
  onLateAnswer: () => void,
): Promise<SheetAnswer> => {
  const open = async () => answerOf(await checkoutPayment({ params: { payToken } }))
  const answer = open().catch((error) => answerOf({ reason: error?.message ?? error }))
  const inTime = await within(patienceMs, answer)
  if (inTime === undefined) answer.then(onLateAnswer)
  return inTime ?? noAnswer
}

const answerOf = (result: unknown): SheetAnswer => {
  const { success, reason } = (result ?? {}) as { readonly success?: unknown; readonly reason?: unknown }
  return {
    outcome: success === true ? "succeeded" : success === false ? "rejected" : "unknown",
    reason: typeof reason === "string" ? reason.slice(0, 200) || null : null,
  }
}

export const noAnswer = answerOf(null)
