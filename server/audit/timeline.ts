/** One checkout as a text for people: what happened, when, how long after, by whom, and on what evidence. */

import {
  type Check,
  factMeanings,
  factSources,
  machineVersion,
  type PaymentAnswer,
  type RefundAnswer,
  stateMeanings,
} from "../../machines/index.ts"
import type { EventRow } from "../log/chain.ts"
import { inLines, inWon } from "../text.ts"
import { drawState } from "./chart.ts"
import type { AuditRecord } from "./read.ts"
import { brokenWords, newerWords } from "./view.ts"

export const timelineText = ({ checkout, timer, events }: AuditRecord): string =>
  inLines([
    ...(checkout.broken === null ? [] : [brokenWords(checkout.broken), ""]),
    ...(checkout.newer === null ? [] : [newerWords(checkout.newer), ""]),
    `${checkout.orderId}  ${checkout.at}  ${inWon(checkout.amount)}`,
    stateMeanings[checkout.at] ?? "",
    "",
    ...drawState(events),
    "",
    ...facts(checkout),
    "",
    ...events.flatMap((event, index) => eventLines(event, events[index - 1])),
    "",
    timer === null
      ? checkout.newer === null
        ? "Nothing more happens by itself."
        : "What happens next is up to the newer release."
      : `Next by itself: ${timer.fact}${timer.dueAt === null ? "" : ` at ${timer.dueAt}`}`,
  ])

const facts = (checkout: AuditRecord["checkout"]): ReadonlyArray<string> =>
  Object.entries({
    checkout: checkout.checkoutId,
    items: checkout.items.map(({ name, quantity }) => `${quantity} × ${name}`).join(", "),
    reference: checkout.reference,
    payer: checkout.payer,
    payToken: checkout.payToken,
    reason:
      checkout.reason === undefined
        ? undefined
        : [checkout.reason, checkout.detail].filter(Boolean).join(": "),
    refund:
      checkout.refund === null ? undefined : `${checkout.refund.state}, ${inWon(checkout.refund.amount)}`,
    "last hash": checkout.hash,
  }).flatMap(([name, value]) => (value == null || value === "" ? [] : [`  ${name.padEnd(10)} ${value}`]))

const eventLines = (event: EventRow, before: EventRow | undefined): ReadonlyArray<string> => {
  const after =
    before === undefined ? "" : `+${duration(Date.parse(event.recordedAt) - Date.parse(before.recordedAt))}`
  const head = [
    String(event.version).padStart(3),
    event.recordedAt,
    after.padStart(10),
    sourceOf(event).padEnd(8),
    event.type,
    `→ ${event.to}`,
  ].join("  ")
  return [head, ...evidence(event).map((line) => `${" ".repeat(42)}${line}`)]
}

/** The person by name, where it was one; a webview only hints. */
const sourceOf = ({ type, data }: EventRow): string => {
  const source = factSources[type] ?? "unknown"
  const who = (data as { readonly who?: unknown } | null)?.who
  return source === "person" && typeof who === "string" ? who : source === "webview" ? "webview?" : source
}

/** What a fact may say beyond its type. Of a history that was tampered with, as much as there is. */
interface Said extends Partial<RefundAnswer> {
  readonly answer?: PaymentAnswer
  readonly checks?: ReadonlyArray<Check>
  readonly code?: string
  readonly message?: string | null
  readonly cause?: string
  readonly reason?: string | null
  readonly why?: string
  readonly origin?: string
}

const evidence = ({ type, data, machineVersion: writer }: EventRow): ReadonlyArray<string> => {
  const { answer, checks, code, message, cause, reason, why, origin, ...refund } = (data ?? {}) as Said
  return [
    factMeanings[type] ??
      (writer > machineVersion
        ? "This is no fact that this release knows."
        : "This is no fact of the machine."),
    ...(code === undefined ? [] : [`${code}${message == null ? "" : `: ${message}`}`]),
    ...(cause === undefined ? [] : [cause]),
    ...(reason == null ? [] : [`“${reason}”`]),
    ...(why === undefined ? [] : [`because: ${why}`]),
    ...(origin === "dashboard" ? ["The refund was made on TossPay's own dashboard."] : []),
    ...(refund.refundNo === undefined ? [] : [refundText(refund)]),
    ...(answer === undefined ? [] : [answerText(answer)]),
    ...(Array.isArray(checks) ? checks.map(checkText) : []),
  ]
}

const answerText = (answer: PaymentAnswer): string =>
  inWords([
    answer.source,
    answer.payStatus ?? "charged",
    answer.method,
    answer.instrument,
    answer.paidAt && `paid at ${answer.paidAt}`,
    answer.transactionId && `transaction ${answer.transactionId}`,
    answer.refundedAmount && `${inWon(answer.refundedAmount)} given back`,
  ])

const refundText = ({ refundedAmount, refundNo, transactionId }: Partial<RefundAnswer>): string =>
  inWords([
    refundedAmount && `${inWon(refundedAmount)} given back`,
    refundNo && `refund ${refundNo}`,
    transactionId && `transaction ${transactionId}`,
  ])

const inWords = (parts: ReadonlyArray<string | number | null | undefined>): string =>
  parts.filter((part) => typeof part === "string").join(", ")

const checkText = ({ field, ours, theirs, agrees }: Check): string =>
  `${agrees ? "✓" : "✗"} ${field}: ours ${ours ?? "none"}, TossPay's ${theirs ?? "none"}`

const duration = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}
