/** Ten times what the server can do: what becomes of the buyers it lets in, of those it does not, and of its memory. */

import postgres from "postgres"
import type { Measured } from "./closedLoop.ts"
import { startChild, startContestant, startServer } from "./contestant.ts"
import { serverSettings } from "./contestants.ts"
import type { Flooded, FloodLoad } from "./flood.ts"

const clients = 64

/** The lines to print. `times`: how many times the rate that it sustains. */
export const overload = async (
  databaseUrl: string,
  times: number,
  seconds: number,
): Promise<ReadonlyArray<string>> => {
  const bank = await startServer(["test/bench/bank.ts"], {})
  const server = await startServer(["server/cli.ts", "serve"], {
    ...serverSettings(databaseUrl),
    TOSSPAY_BASE_URL: bank.url,
  })
  const buyers = await startContestant("buyers.ts", { BENCH_URL: server.url })
  const crowd = await startChild<FloodLoad, Flooded>("flood.ts", { BENCH_URL: server.url })

  const ordinary = (warmupMs: number) => buyers.run({ clients, warmupMs, runMs: seconds * 1000 })
  const before = await ordinary(seconds * 500)
  const calmMb = server.rssMb()
  let mostMb = calmMb
  const watch = setInterval(() => {
    mostMb = Math.max(mostMb, server.rssMb())
  }, 100)
  const flooded = await crowd.run({ perSecond: before.lifecyclesPerSecond * times, runMs: seconds * 1000 })
  clearInterval(watch)
  const after = await ordinary(0)
  const lost = await lostOf(databaseUrl, flooded.settledOrderIds)

  await Promise.all([buyers.stop(), crowd.stop()])
  await Promise.all([server.stop(), bank.stop()])
  return report(before, flooded, after, { calmMb, mostMb, lost, times, seconds })
}

/** Orders that were answered as settled, and are not. */
const lostOf = async (databaseUrl: string, orderIds: ReadonlyArray<string>): Promise<number> => {
  const sql = postgres(databaseUrl, { max: 1 })
  const [row] = await sql<[{ kept: number }]>`
    SELECT count(*)::int AS kept FROM checkout WHERE state = 'settled' AND order_id = ANY(${[...orderIds]})`
  await sql.end()
  return orderIds.length - row.kept
}

const report = (
  before: Measured,
  { arrived, unheard, answeredMs, toldOffMs, wrong, settledOrderIds }: Flooded,
  after: Measured,
  at: { calmMb: number; mostMb: number; lost: number; times: number; seconds: number },
): ReadonlyArray<string> => {
  const [answered, toldOff] = [quantiles(answeredMs), quantiles(toldOffMs)]
  const rate = (count: number) => Math.round(count / at.seconds)
  return [
    `before    ${Math.round(before.lifecyclesPerSecond)} lifecycles a second with ${clients} clients, p99 ${before.p99Ms.toFixed(0)} ms a lifecycle`,
    `flood     ${rate(arrived)} buyers a second for ${at.seconds} s: ${answeredMs.length} requests answered (p50 ${answered.p50} ms, p99 ${answered.p99} ms), ` +
      `${toldOffMs.length} told to come again (p50 ${toldOff.p50} ms, p99 ${toldOff.p99} ms), ${settledOrderIds.length} paid; ` +
      `${unheard} buyers found no connection`,
    `memory    ${Math.round(at.calmMb)} MB before, ${Math.round(at.mostMb)} MB at most`,
    `after     ${Math.round(after.lifecyclesPerSecond)} lifecycles a second at once, p99 ${after.p99Ms.toFixed(0)} ms`,
    `lost      ${at.lost} of what was answered; ${wrong.length} answers that should not be${wrong.length > 0 ? `, such as ${wrong[0]}` : ""}`,
    `ratio flood/before:paid ${(settledOrderIds.length / at.seconds / before.lifecyclesPerSecond).toFixed(2)}`,
    `ratio after/before ${(after.lifecyclesPerSecond / before.lifecyclesPerSecond).toFixed(2)}`,
  ]
}

const quantiles = (ms: ReadonlyArray<number>) => {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(0)
  return { p50: at(0.5), p99: at(0.99) }
}
