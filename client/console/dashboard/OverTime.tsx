import { useMemo, useState } from "react"
import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from "recharts"
import { stateNames } from "../../../machines/index.ts"
import type { Summary } from "../api/types.ts"
import { count, won } from "../parts/format.ts"
import { useWidth } from "./useWidth.ts"

type Shown = "checkouts" | "won"

/** Checkouts by when they were opened and how they stand now, or the money that was settled and kept. */
export const OverTime = ({ summary }: { readonly summary: Summary }) => {
  const [shown, setShown] = useState<Shown>("checkouts")
  const [ref, width] = useWidth()
  const rows = useMemo(() => rowsOf(summary), [summary])
  const settledWon = summary.buckets.reduce((sum, { settledAmount }) => sum + settledAmount, 0)
  return (
    <section className="panel card wide" aria-labelledby="over-time">
      <h2 id="over-time">
        Over time
        <span className="muted"> {won(settledWon)} settled and kept</span>
        <button
          type="button"
          className="plain"
          onClick={() => setShown(shown === "won" ? "checkouts" : "won")}
        >
          Show {shown === "won" ? "checkouts" : "won"}
        </button>
      </h2>
      <div ref={ref} className="plot" aria-hidden="true">
        <BarChart width={width} height={220} data={rows} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="label" minTickGap={40} stroke="var(--muted)" fontSize={12} />
          <YAxis
            width={shown === "won" ? 84 : 48}
            stroke="var(--muted)"
            fontSize={12}
            tickFormatter={count}
          />
          <Tooltip isAnimationActive={false} cursor={{ fill: "var(--sunken)" }} contentStyle={tooltip} />
          {shown === "won" ? (
            <Bar dataKey="won" fill="var(--settled)" isAnimationActive={false} />
          ) : (
            stateNames.map((state) => (
              <Bar
                key={state}
                dataKey={state}
                stackId="a"
                fill={`var(--${state})`}
                isAnimationActive={false}
              />
            ))
          )}
        </BarChart>
      </div>
      <details className="small">
        <summary>As a table</summary>
        <Table rows={rows} />
      </details>
    </section>
  )
}

const tooltip = {
  background: "var(--surface)",
  border: "1px solid var(--line)",
  borderRadius: 8,
  fontSize: 12,
}

type Row = { readonly label: string; readonly won: number } & Readonly<
  Partial<Record<string, number | string>>
>

const Table = ({ rows }: { readonly rows: ReadonlyArray<Row> }) => (
  <div className="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">From</th>
          {stateNames.map((state) => (
            <th key={state} scope="col">
              {state}
            </th>
          ))}
          <th scope="col">Won kept</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.label}>
            <th scope="row">{row.label}</th>
            {stateNames.map((state) => (
              <td key={state}>{row[state] ?? 0}</td>
            ))}
            <td>{count(row.won)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

/** A time in which nothing was opened is a row too, so that the axis tells the truth. */
const rowsOf = ({ from, to, buckets, bucketMs }: Summary): ReadonlyArray<Row> => {
  const known = new Map(buckets.map((bucket) => [Date.parse(bucket.from), bucket]))
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const length = Math.ceil((Date.parse(to) - first) / bucketMs)
  return Array.from({ length }, (_, index) => {
    const start = first + index * bucketMs
    const bucket = known.get(start)
    return { label: labelOf(start, bucketMs), won: bucket?.settledAmount ?? 0, ...bucket?.counts }
  })
}

const dayMs = 86_400_000
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })
const hourFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" })

const labelOf = (start: number, bucketMs: number): string =>
  bucketMs >= dayMs ? dayFormat.format(start) : `${dayFormat.format(start)} ${hourFormat.format(start)}`
