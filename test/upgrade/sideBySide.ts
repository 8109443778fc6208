/** One shop of two releases: real processes of this one and of the next over one database and one bank, and buyers of both. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { inject } from "vitest"
import { bankAt } from "../chaos/bank.ts"
import { readBooks } from "../chaos/books.ts"
import { shopOnce } from "../chaos/buyer.ts"
import { serverSettings, untilFinished } from "../chaos/chaos.ts"
import { companion, type Fleet, fleet, type Servers } from "../chaos/programs.ts"
import { noAnswers, once, type Reply } from "../chaos/shop.ts"
import { freshDatabaseUrl } from "../support/database.ts"

/** Buyers who shop at the same time. */
const crowd = 6

/** Short, so that what a dead server left is taken up and what a buyer left lapses; and no bank that answers counts as silent. */
const pace = { leaseMs: 3_000, ttlMs: 6_000 }
const tossPayTimeoutMs = 2_500

/** How long unfinished checkouts may take at the end. */
const patienceMs = 60_000

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-upgrade-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** Whoever of several answers. */
export const anyOf = (...fleets: ReadonlyArray<Fleet>): Servers => ({
  live: () => fleets.flatMap(({ live }) => live()),
  someLive: () => Promise.race(fleets.map(({ someLive }) => someLive())),
})

/** A shop whose database is as this release leaves it. Nobody serves yet. */
export const upgradingShop = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const databaseUrl = yield* freshDatabaseUrl
  const bankUrl = yield* companion(["simulator", "--port", "0"], {}, join(folder, "simulator.log"))
  const bank = bankAt(bankUrl)
  yield* Effect.promise(() => bank.changeSettings({ repeatedExecute: "charge", lapseAfterMs: pace.ttlMs }))
  const env = {
    ...serverSettings(pace, { databaseUrl, bankUrl, folder }),
    TOSSPAY_TIMEOUT_MS: String(tossPayTimeoutMs),
  }
  const answers = noAnswers()

  /** A server of a release until the scope closes, started again whenever it dies. */
  const serving = (release: string, program: string) =>
    Effect.suspend(() => {
      const logs = join(folder, release)
      mkdirSync(logs, { recursive: true })
      return fleet(1, env, logs, program)
    })

  /** Asks the one server of a fleet, once. */
  const ask = (servers: Fleet, path: string, body: unknown, userKey: string): Effect.Effect<Reply> =>
    Effect.promise(async (gone) => {
      await servers.someLive()
      const reply = await once(`${servers.live()[0]}${path}`, body, { "x-toss-user-key": userKey }, gone)
      if (reply === null) throw new Error(`nobody answers ${path}`)
      return reply
    })

  /** So many whole lifecycles, all sorts of them; `between` before each. */
  const shopping = (
    servers: Servers,
    lifecycles: number,
    between: (nth: number) => Promise<unknown> = async () => {},
  ) =>
    Effect.forEach(
      Array.from({ length: lifecycles }, (_, nth) => nth),
      (nth) =>
        Effect.promise(async (closing) => {
          await between(nth)
          const street = { fleet: servers, bank, answers, closing }
          const seed = inject("seed") + nth
          await shopOnce(street, seed, `buyer-${lifecycles}-${nth}`)
        }),
      { concurrency: crowd, discard: true },
    )

  /** Both sides' books once nothing is unfinished, or patience is over. */
  const booksAtTheEnd = Effect.promise(async (gone) => {
    await untilFinished(databaseUrl, patienceMs, gone)
    return readBooks(databaseUrl, bank, answers)
  })

  const booksNow = Effect.promise(() => readBooks(databaseUrl, bank, answers))

  return { env, bank, answers, serving, ask, shopping, booksNow, booksAtTheEnd }
})
