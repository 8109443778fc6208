import { useEffect, useState } from "react"
import { type Check, removed } from "../../../machines/index.ts"
import type { Language } from "../../index.ts"
import { won } from "../language.ts"
import { followFeed, type LogEvent, readLog } from "./feed.ts"
import { words } from "./words.ts"

interface Props {
  readonly simulatorUrl: string
  readonly adminToken: string
  readonly orderId: string | null
  readonly language: Language
}

/** What the server has on record of the order, the newest row on top, and what really moved at the bank. */
export const Log = ({ simulatorUrl, adminToken, orderId, language }: Props) => {
  const events = useLog(adminToken, orderId)
  const ledger = useLedger(simulatorUrl, orderId, events.length)
  const own = words[language]
  if (orderId === null) return <p className="muted">{own.noEvents}</p>
  const told = (["charge", "refund"] as const).flatMap((kind) => {
    const moved = ledger.filter((entry) => entry.kind === kind)
    const sum = moved.reduce((all, { amount }) => all + amount, 0)
    return sum === 0 ? [] : own.moved[kind](moved.length, won(sum, language))
  })
  return (
    <>
      <p className="ledger">
        {own.ledger} <strong>{told.join(" · ") || own.notCharged}</strong>
      </p>
      <ol className="rows" lang="en" aria-live="polite">
        {events.toReversed().map(({ version, type, to, data, recordedAt }) => (
          <li key={version}>
            <time dateTime={recordedAt}>{recordedAt.slice(11, 23)}</time>
            <p>
              <strong>{type}</strong> <code>{to}</code>
              <small>{factsOf(data)}</small>
              {failedOf(data).map(({ field, ours, theirs }) => (
                <small key={field} lang={language}>
                  {own.differs(field, ours, theirs)}
                </small>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </>
  )
}

/** The plain facts of a row. */
const factsOf = ({ answer, checks: _, order: __, ...plain }: LogEvent["data"]): string =>
  Object.entries({ ...plain, ...pick(answer, ["payStatus", "amount"]) })
    .filter(([, value]) => value !== null && value !== removed)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(" · ")

/** Every comparison of a row that failed. */
const failedOf = ({ checks }: LogEvent["data"]): ReadonlyArray<Check> =>
  (Array.isArray(checks) ? checks : []).filter(({ agrees }) => agrees === false)

const pick = (value: unknown, names: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => names.includes(name)))

const useLog = (adminToken: string, orderId: string | null): ReadonlyArray<LogEvent> => {
  const [rows, setRows] = useState<ReadonlyArray<LogEvent & { readonly orderId: string }>>([])
  useEffect(() => {
    const left = new AbortController()
    const add = (event: LogEvent & { readonly orderId: string }) => setRows((all) => [...all, event])
    void followFeed(adminToken, add, left.signal)
    return () => left.abort()
  }, [adminToken])
  // What was on record before this page listened, such as after a reload.
  useEffect(() => {
    if (orderId === null) return
    readLog(adminToken, orderId).then(
      (events) => setRows((all) => [...events.map((event) => ({ ...event, orderId })), ...all]),
      () => {},
    )
  }, [adminToken, orderId])
  const ofOrder = rows.filter((row) => row.orderId === orderId)
  return [...new Map(ofOrder.map((row) => [row.version, row])).values()].sort((a, b) => a.version - b.version)
}

interface Movement {
  readonly kind: "charge" | "refund"
  /** Won. */
  readonly amount: number
  readonly orderNo: string
}

/** What moved for this order in the bank's own ledger, read anew whenever the log has grown. */
const useLedger = (
  simulatorUrl: string,
  orderId: string | null,
  logLength: number,
): ReadonlyArray<Movement> => {
  const [movements, setMovements] = useState<ReadonlyArray<Movement>>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer log is a reason to look
  useEffect(() => {
    if (orderId === null) return
    fetch(`${simulatorUrl}/simulator/ledger`)
      .then((reply) => reply.json())
      .then(
        ({ ledger }: { readonly ledger: ReadonlyArray<Movement> }) =>
          setMovements(ledger.filter(({ orderNo }) => orderNo === orderId)),
        () => {},
      )
  }, [simulatorUrl, orderId, logLength])
  return movements
}
