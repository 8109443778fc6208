import { Fragment } from "react"
import type { Check } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"
import { won } from "../parts/format.ts"
import { saidBy } from "./history.ts"

/** What a step says beyond its name: both sides of every comparison, TossPay's answer word by word, and the chain. */
export const Evidence = ({ event }: { readonly event: EventRow }) => {
  const { checks, answer, order, ...said } = saidBy(event)
  return (
    <div className="evidence">
      {Array.isArray(checks) && <Checks checks={checks.filter(isRecord) as never} />}
      {isRecord(answer) && <Fields title="TossPay's answer" fields={answer} />}
      {isRecord(order) && <Fields title="The order" fields={order} />}
      {Object.keys(said).length > 0 && <Fields title="The step" fields={said} />}
      <Fields
        title="On record"
        fields={{
          "machine version": event.machineVersion,
          hash: event.hash,
          "hash before": event.prevHash ?? "none, it is the first",
        }}
      />
    </div>
  )
}

const Checks = ({ checks }: { readonly checks: ReadonlyArray<Check> }) => (
  <table className="checks">
    <caption>Held against the order</caption>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Ours</th>
        <th scope="col">TossPay's</th>
        <th scope="col">Agrees</th>
      </tr>
    </thead>
    <tbody>
      {checks.map(({ field, ours, theirs, agrees }) => (
        <tr key={field} className={agrees ? undefined : "bad"}>
          <th scope="row">{breakable(field)}</th>
          <td className="mono">{text(field, ours)}</td>
          <td className="mono">{text(field, theirs)}</td>
          <td>{agrees ? "yes" : <strong>no</strong>}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

const Fields = ({ title, fields }: { readonly title: string; readonly fields: object }) => (
  <section>
    <h2>{title}</h2>
    <dl>
      {Object.entries(fields).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="mono">{text(name, value)}</dd>
        </div>
      ))}
    </dl>
  </section>
)

/** May be broken where its next word begins. */
const breakable = (name: string) =>
  name.split(/(?=[A-Z])/).map((word) => (
    <Fragment key={word}>
      {word}
      <wbr />
    </Fragment>
  ))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (name: string, value: unknown): string => {
  if (value === null) return "–"
  if (typeof value === "number") return /amount|price|discount/i.test(name) ? won(value) : String(value)
  return typeof value === "string" ? value : JSON.stringify(value)
}
