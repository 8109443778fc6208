/**
 * One payment, from the buyer's tap to an end: create, sheet, execute. What may be done next always comes from the
 * server's answer; an answer that never came is asked for again, never paid again.
 */

import { type Created, create, execute, type Order, type Paid, readOrder, report, type Wish } from "./api.ts"
import { authenticate, isInTossApp, sheetPatienceMs } from "./authenticate.ts"
import { type Language, words } from "./messages.ts"
import { patiently, Undecided } from "./patience.ts"

/** The order that a basket became: first a key that makes sending it twice one order, then its token. */
export type OrderInHand = { readonly key: string } | Created

export const newOrder = (): OrderInHand => ({ key: crypto.randomUUID() })

export type End =
  | { readonly kind: "paid"; readonly paid: Paid }
  /** Nothing was charged, and `next` is what another try goes on with: the same order, or a new one. */
  | { readonly kind: "unpaid"; readonly message: string; readonly next: OrderInHand }
  /** Paying again might charge twice, so there is only asking again. */
  | { readonly kind: "held"; readonly message: string; readonly created: Created }

export type Progress = "creating" | "reconnecting" | "authenticating" | "executing" | "confirming"

export interface Talk {
  readonly language: Language
  readonly onProgress: (progress: Progress) => void
}

export const pay = async (
  wish: Wish,
  order: OrderInHand,
  talk: Talk,
  patienceMs = sheetPatienceMs,
): Promise<End> => {
  const { language, onProgress } = talk
  if (!isInTossApp()) return { kind: "unpaid", message: words[language].onlyInToss, next: order }

  onProgress("creating")
  const created = "payToken" in order ? order : await open(wish, order.key, talk)
  if ("kind" in created) return created

  onProgress("authenticating")
  await report(created.payToken, "started", null, language)
  const { outcome, reason } = await authenticate(created.payToken, patienceMs)
  onProgress(outcome === "unknown" ? "confirming" : "executing")
  const hinted = await report(created.payToken, outcome, reason, language)

  switch (outcome) {
    case "succeeded":
      return confirm(created, talk)
    case "rejected": {
      const message = reason ?? words[language].cancelled
      return hinted !== null && "actions" in hinted
        ? unpaid(hinted, message, created)
        : { kind: "unpaid", message, next: created }
    }
    case "unknown": {
      const found = await patiently(() => readOrder(created.orderId, language))
      const isUntouched = "actions" in found && !found.actions.includes("execute")
      return isUntouched && found.actions.includes("authenticate")
        ? unpaid(found, words[language].noAnswer, created)
        : confirm(created, talk)
    }
  }
}

/** Asks for the outcome until it is known. Executing again is safe: the same request has the same answer. */
export const confirm = async (created: Created, { language, onProgress }: Talk): Promise<End> => {
  const patience = { onWait: () => onProgress("confirming") }
  const answer = await patiently(() => execute(created.payToken, language), patience)
  if (answer.ok) return { kind: "paid", paid: answer }
  const order = await patiently(() => readOrder(created.orderId, language), patience)
  return "actions" in order
    ? unpaid(order, answer.message, created)
    : { kind: "held", message: answer.message, created }
}

/** A key is kept until its answer is definite, so that what was sent twice is one order. */
const open = async (wish: Wish, key: string, { language, onProgress }: Talk): Promise<Created | End> => {
  try {
    const answer = await patiently(() => create(wish, key, language), {
      tries: 3,
      onWait: () => onProgress("reconnecting"),
    })
    return "payToken" in answer ? answer : { kind: "unpaid", message: answer.message, next: newOrder() }
  } catch (error) {
    if (!(error instanceof Undecided)) throw error
    return { kind: "unpaid", message: error.message || words[language].unreachable, next: { key } }
  }
}

/** The server says whether the same token may be tried again, or a new order is safe, or neither. */
const unpaid = (order: Order, message: string, created: Created): End => {
  if (order.actions.includes("authenticate")) return { kind: "unpaid", message, next: created }
  return order.safeToRetry
    ? { kind: "unpaid", message, next: newOrder() }
    : { kind: "held", message, created }
}
