/**
 * The benchmark: `npm run bench`, or `npm run bench -- --quick`. Every contestant runs in turn, round after round, on the
 * same PostgreSQL with fsync on, so what counts is the ratio within a round; the machine's speed of the day cancels out.
 */

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Exit, Redacted, Scope } from "effect"
import postgres from "postgres"
import { embeddedPostgres } from "../../server/database/embedded.ts"
import { warmUp } from "./contestant.ts"
import { besidePeers, withSql } from "./contestants.ts"
import { databaseMeter } from "./databaseCost.ts"
import { growth } from "./growth.ts"
import { overload } from "./overload.ts"
import { missingPgbench } from "./pgbench.ts"
import { reader } from "./reader.ts"
import { machine, type Sample, summary, tableOf } from "./summary.ts"

const usage = `usage: npm run bench -- [options]

Runs this project and its peers in turn, and prints their medians and the ratios between them.

  --quick        one short round at 1, 8 and 64 clients, in under a minute
  --growth       instead: this project alone, on an empty log and on one with 5 million events
  --overload N   instead: N times as many buyers as the server can serve (10 is what docs/performance.md tells of)
  --console      instead: what a reader of the audit console waits for, before a million checkouts
  --events N     instead of 5 million
  --clients LIST how many clients at a time (1,8,32,64,256; with --growth 8)
  --rounds N     how often everybody runs (5)
  --seconds N    for how long each time (4)
  --only LIST    some of them: append,http
  --json FILE    all samples, for a program to read
  --profile DIR  a CPU profile of every server, for Chrome's developer tools
`

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    growth: { type: "boolean", default: false },
    events: { type: "string", default: "5000000" },
    overload: { type: "string" },
    console: { type: "boolean", default: false },
    clients: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    json: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const ordinarily = values.growth ? "8" : values.quick ? "1,8,64" : "1,8,32,64,256"
const clients = (values.clients ?? ordinarily).split(",").map(Number)
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const seconds = Number(values.seconds ?? (values.quick ? 0.8 : 4))
const times = Number(values.overload ?? 1)
const isUsable = (number: number) => Number.isFinite(number) && number > 0
if (![...clients, rounds, seconds, times, Number(values.events)].every(isUsable)) {
  process.stderr.write(usage)
  process.exit(2)
}

const peers = fileURLToPath(new URL("peers", import.meta.url))
const isRace = values.overload === undefined && !values.console
/** As the lock file has them now. */
const arePeersThere = () => {
  const [wanted, installed] = ["package-lock.json", "node_modules/.package-lock.json"].map((file) =>
    statSync(join(peers, file), { throwIfNoEntry: false }),
  )
  return (installed?.mtimeMs ?? 0) >= (wanted?.mtimeMs ?? 0)
}
if (isRace && !values.growth && !arePeersThere()) {
  process.stderr.write("installing the peers\n")
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--silent", "--prefer-offline"], {
    cwd: peers,
    stdio: ["ignore", "ignore", "inherit"],
  })
}

const missing = isRace ? missingPgbench() : null
if (missing !== null) process.stderr.write(`${missing}; its ratios are left out\n`)
const only = values.only?.split(",")
const contest = values.growth ? growth(Number(values.events)) : besidePeers
const chosen = contest.entries.filter(
  ({ name }) => (only?.includes(name) ?? true) && !(name === "pgbench" && missing !== null),
)

const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-bench-"))
process.env["BENCH_DATA"] = folder
if (values.profile !== undefined) process.env["BENCH_PROFILE"] = values.profile
const scope = await Effect.runPromise(Scope.make())
const tidyUp = async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
}
process.once("SIGINT", () => void tidyUp().then(() => process.exit(130)))
process.once("uncaughtException", (error) => {
  process.stderr.write(`${error.stack}\n`)
  void tidyUp().then(() => process.exit(1))
})

const settings = {
  // Each client of pgbench has a connection, and every contestant's pool stays open beside it.
  max_connections: `${200 + Math.max(...clients)}`,
  // A quarter of the machine's memory, as PostgreSQL's own manual has it; by default it takes 128 MB.
  shared_buffers: `${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
}
const database = embeddedPostgres(folder, { settings })
const url = new URL(Redacted.value(await Effect.runPromise(Scope.provide(database, scope))))
const admin = postgres(url.toString(), { max: 1 })
const databases = new Set<string>()
const databaseFor = async (name: string): Promise<string> => {
  if (!databases.has(name)) await admin.unsafe(`CREATE DATABASE bench_${name}`)
  databases.add(name)
  return Object.assign(new URL(url), { pathname: `/bench_${name}` }).toString()
}

if (!isRace) {
  const lines = values.console
    ? await reader(await databaseFor("console"), Number(values.events))
    : await overload(await databaseFor("overload"), times, seconds)
  await admin.end()
  await tidyUp()
  process.stdout.write(`${machine()}\n\n${lines.join("\n")}\n`)
  process.exit(0)
}

const running = []
for (const entry of chosen) {
  process.stderr.write(`starting ${entry.name}, and warming it up\n`)
  const contestant = await entry.start(await databaseFor(entry.database ?? entry.name))
  await warmUp(contestant, seconds, values.quick ? 1 : 15)
  running.push({ entry, contestant })
}

// What the warm-up left to autovacuum and to the next checkpoint would be done while others are measured.
for (const name of databases) {
  await withSql(await databaseFor(name), (sql) => sql.unsafe("VACUUM (ANALYZE)"))
}
await admin.unsafe("CHECKPOINT")

/** Until all clients are at it. */
const warmupMs = 250
const metered = databaseMeter(admin, folder)
const samples: Array<Sample> = []
const totalRuns = rounds * clients.length * running.length
for (let round = 1; round <= rounds; round += 1) {
  for (const count of clients) {
    for (const { entry, contestant } of running) {
      const measured = await metered(seconds + warmupMs / 1000, () =>
        contestant.run({ clients: count, warmupMs, runMs: seconds * 1000 }),
      )
      samples.push({ name: entry.name, clients: count, round, ...measured })
      const rate = Math.round(measured.lifecyclesPerSecond)
      process.stderr.write(
        `${samples.length} of ${totalRuns}: ${entry.name}, ${count} clients: ${rate} a second\n`,
      )
    }
  }
}
for (const { contestant } of running) await contestant.stop()
await admin.end()
await tidyUp()

const result = {
  machine: machine(),
  settings: { rounds, seconds, clients },
  ...summary(samples, contest.compared),
  samples,
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(result, null, 2))
process.stdout.write(`${result.machine}\n\n${tableOf(result, chosen)}\n`)
for (const { name, value } of result.ratios) process.stdout.write(`ratio ${name} ${value.toFixed(2)}\n`)
