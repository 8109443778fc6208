/**
 * The payment sheet, as the SDK opens it. It only authenticates the buyer, and whatever comes of it becomes one of three:
 * only `success === true` is a yes and only `success === false` a no; everything else says nothing.
 */

import { within } from "./within.ts"

/** The SDK's function, of whichever SDK line. */
export type CheckoutPayment = (options: {
  readonly params: { readonly payToken: string }
}) => Promise<unknown>

export interface SheetOptions {
  /** Absent: the one of `@apps-in-toss/web-framework`. */
  readonly checkoutPayment?: CheckoutPayment | undefined
  /** How long the sheet may stay silent before the server is asked, in milliseconds: 180,000 unless said otherwise. */
  readonly sheetPatienceMs?: number | undefined
}

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

export const openSheet = async (
  { checkoutPayment = sdkCheckoutPayment }: SheetOptions,
  payToken: string,
): Promise<SheetAnswer> => {
  const open = async () => answerOf(await checkoutPayment({ params: { payToken } }))
  return open().catch((error) => answerOf({ reason: error?.message ?? error }))
}

/** What it answers. The SDK has no time limit of its own: once ours is over nothing is known. */
export const inTime = async (
  sheet: Promise<SheetAnswer>,
  { sheetPatienceMs = 180_000 }: SheetOptions,
  onLateAnswer: () => void,
): Promise<SheetAnswer> => {
  const answer = await within(sheetPatienceMs, sheet)
  if (answer === undefined) sheet.then(onLateAnswer)
  return answer ?? noAnswer
}

const answerOf = (result: unknown): SheetAnswer => {
  const { success, reason } = (result ?? {}) as { readonly success?: unknown; readonly reason?: unknown }
  return {
    outcome: success === true ? "succeeded" : success === false ? "rejected" : "unknown",
    reason: typeof reason === "string" ? reason.slice(0, 200) || null : null,
  }
}

export const noAnswer = answerOf(null)
