/**
 * One payment, from the buyer's tap to a definite end: create, sheet, execute. What may be done next always comes from
 * the server's answer; an answer that never came is asked for again, never paid again.
 */

import { checkoutPayment } from "@apps-in-toss/web-framework"
import { type Created, create, execute, type Paid, type Refused, report, type Wish } from "./api.ts"

export type End =
  | { readonly kind: "paid"; readonly paid: Paid }
  /** `again`: the same token may be tried again, so it is kept. */
  | { readonly kind: "unpaid"; readonly message: string; readonly again: Created | null }

export type Progress = "creating" | "authenticating" | "executing" | "confirming"

export interface Attempt {
  readonly wish: Wish
  /** Kept over repeated tries, so that one wish is one order. */
  readonly idempotencyKey: string
  /** A checkout of an earlier try that is still good. */
  readonly created: Created | null
  readonly language: string
  readonly onProgress: (progress: Progress) => void
}

/** The sheet may stay open this long before the server is asked what came of it. */
const patienceMs = 180_000

export const pay = async (attempt: Attempt): Promise<End> => {
  const { language, onProgress } = attempt
  onProgress("creating")
  const created =
    attempt.created ?? (await untilAnswered(() => create(attempt.wish, attempt.idempotencyKey, language)))
  if (!("payToken" in created)) return { kind: "unpaid", message: created.message, again: null }

  onProgress("authenticating")
  await report(created.payToken, "started", null, language)
  const sheet = await askSheet(created.payToken)
  if (sheet.outcome === "rejected") {
    await report(created.payToken, "rejected", sheet.reason, language)
    return {
      kind: "unpaid",
      message: sheet.reason ?? (language === "ko" ? "결제가 취소되었어요." : "Payment was cancelled."),
      again: created,
    }
  }
  if (sheet.outcome === "unknown") {
    onProgress("confirming")
    const order = await report(created.payToken, "unknown", sheet.reason, language)
    // TossPay says that the buyer has not authenticated yet: the same sheet may be opened again.
    if (order?.state === "authenticating" && order.actions.includes("authenticate")) {
      return { kind: "unpaid", message: unknownSheet(language), again: created }
    }
  }
  onProgress("executing")
  return confirm(created, attempt)
}

const confirm = async (created: Created, { language, onProgress }: Attempt): Promise<End> => {
  const answer = await untilAnswered(
    () => execute(created.payToken, language),
    () => onProgress("confirming"),
  )
  return answer.ok
    ? { kind: "paid", paid: answer }
    : { kind: "unpaid", message: answer.message, again: answer.state === "minted" ? created : null }
}

/** Repeats a safe request while the server asks for patience or cannot be reached. */
const untilAnswered = async <A extends object>(
  request: () => Promise<A | Refused>,
  onWait: () => void = () => {},
): Promise<A | Refused> => {
  for (let tries = 0; ; tries += 1) {
    const answer = await request().catch((): Refused => ({ ok: false, reason: "UNREACHABLE", message: "" }))
    const isOpen =
      "reason" in answer && ["EXECUTING", "IN_PROGRESS", "UNREACHABLE"].includes(String(answer.reason))
    if (!isOpen) return answer
    onWait()
    const waitMs =
      ("retryAfterMs" in answer ? Number(answer.retryAfterMs) : 0) || Math.min(500 * 2 ** tries, 10_000)
    await new Promise((done) => setTimeout(done, waitMs))
  }
}

interface SheetAnswer {
  readonly outcome: "succeeded" | "rejected" | "unknown"
  readonly reason: string | null
}

/** Only `success === true` is a success and only `success === false` a no; everything else says nothing. */
const askSheet = async (payToken: string): Promise<SheetAnswer> => {
  const noAnswer = new Promise<undefined>((done) => setTimeout(() => done(undefined), patienceMs))
  try {
    const result = await Promise.race([checkoutPayment({ params: { payToken } }), noAnswer])
    if (result?.success === true) return { outcome: "succeeded", reason: null }
    return { outcome: result?.success === false ? "rejected" : "unknown", reason: result?.reason ?? null }
  } catch (error) {
    return { outcome: "unknown", reason: error instanceof Error ? error.message.slice(0, 200) : null }
  }
}

const unknownSheet = (language: string): string =>
  language === "ko"
    ? "결제창에서 답을 받지 못했어요. 결제되지 않았으니 다시 시도해 주세요."
    : "The payment sheet gave no answer. Nothing was charged; please try again."
