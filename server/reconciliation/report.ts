/** What a run found, for people (a table), for spreadsheets (CSV) and for programs (JSON). A page at a time, in the order of time. */

import { Effect, Option, Stream } from "effect"
import { csvLine } from "../csv.ts"
import { inLines, inWon } from "../text.ts"
import { type Discrepancy, type DiscrepancyOutcome, outcomeMeanings } from "./discrepancy.ts"
import { discrepanciesOf, type Run, tallyOf } from "./runs.ts"

export const reportFormats = ["table", "csv", "json"] as const

export type ReportFormat = (typeof reportFormats)[number]

/** The run in figures. */
interface Tally extends Record<DiscrepancyOutcome | "agree", number> {}

const outcomes = Object.keys(outcomeMeanings) as ReadonlyArray<DiscrepancyOutcome>

/** Somebody has to look: something is open, or could not be compared. What cannot ever be compared is not among it. */
export const isInOrder = ({ open, unanswered, broken }: Tally): boolean => open + unanswered + broken === 0

export const tally = Effect.fn("tally")(function* (run: Run) {
  const of = yield* tallyOf(run)
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, of(outcome)]))
  const agree = outcomes.reduce((left, outcome) => left - of(outcome), run.asked)
  return { agree, ...counts } as Tally
})

const pageSize = 500

/** The report as text, piece by piece. */
export const report = (run: Run, counts: Tally, format: ReportFormat) => {
  const { head, rows, between, foot } = writers[format]
  const discrepancies = Stream.paginate(null as string | null, (after) =>
    Effect.map(discrepanciesOf(run, pageSize, after), (page) => [
      page,
      Option.fromUndefinedOr(page.length < pageSize ? undefined : page.at(-1)?.checkoutId),
    ]),
  )
  return Stream.make(head(run, counts)).pipe(
    Stream.concat(Stream.map(discrepancies, rows).pipe(Stream.intersperse(between))),
    Stream.concat(Stream.make(foot)),
  )
}

interface Writer {
  readonly head: (run: Run, counts: Tally) => string
  readonly rows: (discrepancy: Discrepancy) => string
  readonly between: string
  readonly foot: string
}

/** One line for each difference, so that a spreadsheet can filter by it. */
const flat = (discrepancy: Discrepancy) => {
  const { orderId, checkoutId, openedAt, amount, outcome, from, to, transactionId, why } = discrepancy
  const none = { kind: "", ours: "", theirs: "" }
  const all = discrepancy.differences.length === 0 ? [none] : discrepancy.differences
  return all.map(({ kind, ours, theirs }) => [
    ...[orderId, checkoutId, openedAt, amount, outcome, kind, ours, theirs, from, to],
    ...[transactionId.ours, transactionId.theirs, why],
  ])
}

const columns = [
  ...["orderId", "checkoutId", "openedAt", "amount", "outcome", "difference", "ours", "theirs", "from", "to"],
  ...["transactionId", "transactionIdThere", "why"],
]

const counted = (counts: Tally): string =>
  (["agree", ...outcomes] as const).map((name) => `${counts[name].toLocaleString("en")} ${name}`).join(", ")

const writers: Readonly<Record<ReportFormat, Writer>> = {
  table: {
    head: (run, counts) =>
      [
        `run ${run.run}: ${run.asked.toLocaleString("en")} checkouts that were opened from ${run.from} to ${run.to}`,
        counted(counts),
        "",
      ].join("\n"),
    rows: ({ orderId, outcome, amount, from, to, differences, why }) =>
      inLines([
        `${outcome.padEnd(10)}  ${orderId}  ${amount === null ? "" : inWon(amount)}  ${from === to ? (to ?? "") : `${from} -> ${to}`}`,
        ...differences.map(({ kind, ours, theirs }) => `            ${kind}: here ${ours}, there ${theirs}`),
        ...(why === null ? [] : [`            ${why}`]),
        "",
      ]),
    between: "",
    foot: "",
  },
  csv: {
    head: () => csvLine(columns),
    rows: (discrepancy) => flat(discrepancy).map(csvLine).join(""),
    between: "",
    foot: "",
  },
  json: {
    head: (run, counts) => `${JSON.stringify({ ...run, ...counts }).slice(0, -1)},"discrepancies":[`,
    rows: (discrepancy) => JSON.stringify(discrepancy),
    between: ",",
    foot: "]}\n",
  },
}
