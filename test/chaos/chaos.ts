/**
 * The real thing: real server processes that are killed, a real database that is restarted, a bank that misbehaves, and
 * buyers over HTTP. Then the trouble stops, everything has to end, and the books are compared.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import postgres from "postgres"
import { SeededRandom } from "../simulation/random.ts"
import { bankAt } from "./bank.ts"
import { type Books, countUnfinished, readBooks } from "./books.ts"
import { shopOnce } from "./buyer.ts"
import { restartedDatabase } from "./database.ts"
import { judge } from "./laws.ts"
import { companion, fleet } from "./programs.ts"
import { noAnswers, pause } from "./shop.ts"
import { primaryWithStandby } from "./standby.ts"
import { type Trouble, troublemaker } from "./trouble.ts"

export interface Chaos extends Trouble {
  readonly seed: number
  readonly lifecycles: number
  readonly servers: number
  /** There is a standby, and the database is taken away once: its primary is killed, and the standby takes over. */
  readonly standby: boolean
  /** Buyers who shop at the same time. */
  readonly crowd: number
  readonly leaseMs: number
  readonly ttlMs: number
  /** How long unfinished checkouts may take once the trouble has stopped. */
  readonly patienceMs: number
  /** Leaves the folder with the logs, the journal and the database. */
  readonly keep: boolean
}

export interface Outcome {
  readonly seconds: number
  /** Of which the part after the trouble had stopped. */
  readonly secondsToCalm: number
  readonly kills: number
  readonly starts: number
  readonly fruitlessStarts: number
  readonly restarts: number
  readonly faults: number
  readonly books: Books
  readonly wrong: ReadonlyArray<string>
  readonly folder: string
}

/** Faults, kills and restarts are drawn from the seed; how processes and the network interleave is not. */
export const chaos = (
  settings: Chaos,
  progress: (done: number, kills: number) => void = () => {},
): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const startedAt = performance.now()
    const folder = yield* temporaryFolder(settings.keep)
    const database = yield* (settings.standby ? primaryWithStandby : restartedDatabase)(join(folder, "data"))
    const databaseUrl = database.url
    const journal = join(folder, "simulator.jsonl")
    const simulator = ["simulator", "--port", "0", "--journal", journal]
    const bankUrl = yield* companion(simulator, {}, join(folder, "simulator.log"))
    const bank = bankAt(bankUrl)
    // A bank that charges again when it is asked again: only the shop can prevent a second charge.
    const terms = { repeatedExecute: "charge", lapseAfterMs: settings.ttlMs } as const
    yield* Effect.promise(() => bank.changeSettings(terms))
    const servers = yield* fleet(
      settings.servers,
      serverSettings(settings, { databaseUrl, bankUrl, folder }),
      folder,
    )

    const answers = noAnswers()
    const random = new SeededRandom(settings.seed)
    const trouble = troublemaker(settings, settings.lifecycles, random, {
      ...settings,
      fleet: servers,
      bank,
      database,
    })
    let done = 0
    yield* Effect.forEach(
      Array.from({ length: settings.lifecycles }, (_, index) => index),
      (index) =>
        Effect.promise(async (closing) => {
          await trouble.arrives(index)
          const street = { fleet: servers, bank, answers, closing }
          await shopOnce(street, settings.seed * 1_000_003 + index, `buyer-${settings.seed}-${index}`)
          done += 1
          progress(done, servers.tally.kills)
        }),
      { concurrency: settings.crowd, discard: true },
    )

    yield* Effect.promise(() => trouble.calm())
    yield* Effect.promise(() => bank.clearFaults())
    const calmAt = performance.now()
    yield* Effect.promise((gone) => untilFinished(databaseUrl, settings.patienceMs, gone))
    const secondsToCalm = (performance.now() - calmAt) / 1000
    const books = yield* Effect.promise(() => readBooks(databaseUrl, bank, answers))
    return {
      seconds: (performance.now() - startedAt) / 1000,
      secondsToCalm,
      ...servers.tally,
      ...trouble.tally,
      books,
      wrong: judge(books),
      folder,
    }
  }).pipe(Effect.scoped)

const temporaryFolder = (keep: boolean) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-chaos-"))),
    (folder) =>
      Effect.sync(() => {
        if (!keep) rmSync(folder, { recursive: true, force: true })
      }),
  )

/** Everything short, so that a lease, a lapse and a recovery fit between two kills. */
export const serverSettings = (
  { leaseMs, ttlMs }: Pick<Chaos, "leaseMs" | "ttlMs">,
  at: { readonly databaseUrl: string; readonly bankUrl: string; readonly folder: string },
): Readonly<Record<string, string>> => ({
  PORT: "0",
  DATABASE_URL: at.databaseUrl,
  DATA_DIR: join(at.folder, "servers"),
  TOSSPAY_BASE_URL: at.bankUrl,
  TOSSPAY_TIMEOUT_MS: "400",
  CHECKOUT_LEASE_MS: String(leaseMs),
  CHECKOUT_TTL_MS: String(ttlMs),
  RECOVERY_INTERVAL_MS: "150",
  RECOVERY_PER_MINUTE: "100000",
  LOG_LEVEL: "Error",
  // All of them seal with one key, as servers of one shop do.
  DATA_KEY: Buffer.alloc(32, 7).toString("base64"),
})

/** Looks until nothing is unfinished or patience is over: the judge says which. */
export const untilFinished = async (
  databaseUrl: string,
  patienceMs: number,
  gone: AbortSignal,
): Promise<void> => {
  const sql = postgres(databaseUrl, { max: 1 })
  const deadline = performance.now() + patienceMs
  try {
    while ((await countUnfinished(sql)) > 0 && performance.now() < deadline && !gone.aborted) await pause(200)
  } finally {
    await sql.end()
  }
}
