/** What the samples say: medians over the rounds, and ratios taken within each round. */

import { cpus, totalmem } from "node:os"
import type { Measured } from "./closedLoop.ts"
import type { Entry } from "./contestants.ts"
import type { DatabaseCost } from "./databaseCost.ts"

export interface Sample extends Measured, DatabaseCost {
  readonly name: string
  readonly clients: number
  readonly round: number
}

export interface Line extends Measured, DatabaseCost {
  readonly name: string
  readonly clients: number
}

export interface Ratio {
  readonly name: string
  readonly value: number
}

export interface Summary {
  readonly lines: ReadonlyArray<Line>
  readonly ratios: ReadonlyArray<Ratio>
}

export const summary = (
  samples: ReadonlyArray<Sample>,
  compared: ReadonlyArray<readonly [ours: string, theirs: string]>,
): Summary => {
  const clients = [...new Set(samples.map((sample) => sample.clients))]
  const names = [...new Set(samples.map((sample) => sample.name))]
  const of = (name: string, count: number) =>
    samples.filter((sample) => sample.name === name && sample.clients === count)
  const lines = clients.flatMap((count) =>
    names.map((name) => {
      const found = of(name, count)
      const middle = (field: Exclude<keyof Measured, "lifecyclesInAll"> | keyof DatabaseCost) =>
        median(found.map((sample) => sample[field]))
      return {
        name,
        clients: count,
        lifecyclesPerSecond: middle("lifecyclesPerSecond"),
        p50Ms: middle("p50Ms"),
        p99Ms: middle("p99Ms"),
        cpuSeconds: middle("cpuSeconds"),
        rssMb: middle("rssMb"),
        databaseCpuSeconds: middle("databaseCpuSeconds"),
        walKb: middle("walKb"),
      }
    }),
  )
  const ratios = clients.flatMap((count) =>
    compared.flatMap(([ours, theirs]) => {
      const pairs = of(ours, count).flatMap(({ round, lifecyclesPerSecond }) => {
        const other = of(theirs, count).find((sample) => sample.round === round)
        // On a machine that stood still, nothing is so many times faster than nothing.
        return other === undefined || other.lifecyclesPerSecond === 0
          ? []
          : [lifecyclesPerSecond / other.lifecyclesPerSecond]
      })
      return pairs.length === 0 ? [] : [{ name: `${ours}/${theirs}@${count}`, value: median(pairs) }]
    }),
  )
  return { lines, ratios }
}

const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`

export const tableOf = ({ lines }: Summary, entries: ReadonlyArray<Entry>): string => {
  const number = (value: number, digits = 0) => (Number.isNaN(value) ? "" : value.toFixed(digits))
  const rows = lines.map((line) => [
    String(line.clients),
    line.name,
    number(line.lifecyclesPerSecond),
    number(line.p50Ms, 1),
    number(line.p99Ms, 1),
    number(line.cpuSeconds, 2),
    number(line.rssMb),
    number(line.databaseCpuSeconds, 2),
    number(line.walKb, 1),
  ])
  const head = [
    "clients",
    "what",
    "lifecycles/s",
    "p50 ms",
    "p99 ms",
    "CPU s/1,000",
    "MB",
    "PostgreSQL CPU s/1,000",
    "WAL KB",
  ]
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  )
  const text = [head, ...rows].map((row) =>
    row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "),
  )
  return [...text, "", ...entries.map(({ name, what }) => `${name}: ${what}`)].join("\n")
}
