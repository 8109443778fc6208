/**
 * The payment sheet, as the SDK opens it. It only authenticates the buyer, and whatever comes of it becomes one of three:
 * only `success === true` is a yes and only `success === false` a no; everything else says nothing.
 */

/** The SDK's function, of whichever SDK line. */
export type CheckoutPayment = (options: {
  readonly params: { readonly payToken: string }
}) => Promise<unknown>

export interface SheetAnswer {
  readonly outcome: "succeeded" | "rejected" | "unknown"
  /** The SDK's own words, to be shown as they are. */
  readonly reason: string | null
}

/** The SDK has no time limit of its own. When this one ends nothing is known, and the server is asked. */
export const defaultSheetPatienceMs = 180_000

/** Whether the SDK can open a sheet here. In a plain browser it only rejects, and on a server it never answers. */
export const isInTossApp = (): boolean =>
  typeof window !== "undefined" && ("ReactNativeWebView" in window || "__appsInTossNativeBridge" in window)

/** The real SDK, loaded when it is needed: importing this module needs no window. */
export const sdkCheckoutPayment: CheckoutPayment = async (options) =>
  (await import("@apps-in-toss/web-framework")).checkoutPayment(options)

export const openSheet = async (
  checkoutPayment: CheckoutPayment,
  payToken: string,
  patienceMs: number,
): Promise<SheetAnswer> => {
  try {
    return answerOf(await within(patienceMs, checkoutPayment({ params: { payToken } })))
  } catch (error) {
    return { outcome: "unknown", reason: wordsOf(error instanceof Error ? error.message : error) }
  }
}

const answerOf = (result: unknown): SheetAnswer => {
  const { success, reason } = (result ?? {}) as { readonly success?: unknown; readonly reason?: unknown }
  if (success === true) return { outcome: "succeeded", reason: null }
  return { outcome: success === false ? "rejected" : "unknown", reason: wordsOf(reason) }
}

const within = <A>(patienceMs: number, answer: Promise<A>): Promise<A | undefined> => {
  let timer: ReturnType<typeof setTimeout>
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMs, undefined)
  })
  return Promise.race([answer, end]).finally(() => clearTimeout(timer))
}

const wordsOf = (reason: unknown): string | null =>
  typeof reason === "string" && reason !== "" ? reason.slice(0, 200) : null
