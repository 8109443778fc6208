/** The payment sheet, as the SDK opens it: whatever comes of it becomes one of three. */

import { checkoutPayment } from "@apps-in-toss/web-framework"

export interface SheetAnswer {
  readonly outcome: "succeeded" | "rejected" | "unknown"
  /** The SDK's own words, to be shown as they are. */
  readonly reason: string | null
}

/** The SDK has no time limit of its own. When ours ends nothing is known, and the server is asked. */
export const sheetPatienceMs = 180_000

/** Elsewhere the SDK can only fail. */
export const isInTossApp = (): boolean => "ReactNativeWebView" in window

/** Only `success === true` is a yes and only `success === false` a no; everything else says nothing. */
export const authenticate = async (payToken: string, patienceMs: number): Promise<SheetAnswer> => {
  try {
    const result = await within(patienceMs, checkoutPayment({ params: { payToken } }))
    if (result?.success === true) return { outcome: "succeeded", reason: null }
    return { outcome: result?.success === false ? "rejected" : "unknown", reason: wordsOf(result?.reason) }
  } catch (error) {
    return { outcome: "unknown", reason: error instanceof Error ? wordsOf(error.message) : null }
  }
}

const within = <A>(patienceMs: number, answer: Promise<A>): Promise<A | undefined> => {
  const { promise: end, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, patienceMs, undefined)
  return Promise.race([answer, end]).finally(() => clearTimeout(timer))
}

const wordsOf = (reason: unknown): string | null =>
  typeof reason === "string" && reason !== "" ? reason.slice(0, 200) : null
