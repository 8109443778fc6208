/** The front page for developers: the latest payments with their sheets, the ledger, the switched-on faults. */

import type { Settings } from "./decision.ts"
import type { Fault } from "./faults.ts"
import { escapeHtml, type Page, page, won } from "./page.ts"
import type { LedgerEntry, Payment } from "./payment.ts"
import { tossTime } from "./tossTime.ts"

/** More would make the page slow without telling more; the controls give everything. */
const shown = 50

export const indexPage = (books: {
  readonly payments: ReadonlyArray<Payment>
  readonly ledger: ReadonlyArray<LedgerEntry>
  readonly faults: ReadonlyArray<Fault>
  readonly settings: Settings
}): Page =>
  page({
    title: "TossPay simulator",
    refreshSeconds: 3,
    style,
    body: `<h1>TossPay simulator</h1>
<p>A stand-in for the partner API. No money moves. Switches: <code>POST /simulator/faults</code>, <code>PUT /simulator/settings</code>;
a restart switches them back.
A repeated execute is <b>${books.settings.repeatedExecute === "charge" ? "charged again" : "rejected"}</b>;
payments lapse after ${books.settings.lapseAfterMs / 1000} s. <code>POST /simulator/payments/:payToken/refund</code> is
a refund that somebody makes on TossPay's dashboard, of a part with a body such as <code>{"amount": 1000}</code>.</p>
${table("Payments", books.payments.length, ["made (KST)", "token", "order", "product", "amount", "mode", "status"], newest(books.payments).map(paymentRow))}
${table("Ledger", books.ledger.length, ["at (KST)", "what", "order", "amount", "paid", "mode", "transaction"], newest(books.ledger).map(ledgerRow))}
${table("Faults", books.faults.length, ["call", "fault", "everything"], books.faults.map(faultRow))}`,
  })

const newest = <A>(all: ReadonlyArray<A>): ReadonlyArray<A> => all.slice(-shown).reverse()

const paymentRow = (payment: Payment) => [
  tossTime(payment.createdAt),
  `<a href="/sheet/${encodeURIComponent(payment.payToken)}">${escapeHtml(payment.payToken)}</a>`,
  escapeHtml(payment.orderNo),
  escapeHtml(payment.productDesc),
  won(payment.amount),
  payment.mode,
  payment.payStatus,
]

const ledgerRow = (entry: LedgerEntry) => [
  tossTime(entry.at),
  entry.kind,
  escapeHtml(entry.orderNo),
  won(entry.amount),
  won(entry.paidAmount),
  entry.mode,
  escapeHtml(entry.transactionId),
]

const faultRow = (fault: Fault) => [
  fault.call,
  fault.fault,
  `<code>${escapeHtml(JSON.stringify(fault))}</code>`,
]

const table = (
  title: string,
  count: number,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
): string => `<h2>${title} <small>${count}</small></h2>
<table><thead><tr>${columns.map((column) => `<th>${column}</th>`).join("")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n")}</tbody></table>`

const style = `
body{font-family:system-ui,sans-serif;margin:24px;color:#191f28;font-size:14px}
h1{color:#3182f6}small{color:#8b95a1;font-weight:400}
table{border-collapse:collapse;display:block;overflow-x:auto}th{text-align:left;color:#8b95a1;font-weight:500}
th,td{padding:4px 16px 4px 0;border-bottom:1px solid #e5e8eb;white-space:nowrap}
td{max-width:320px;overflow:hidden;text-overflow:ellipsis}
`
