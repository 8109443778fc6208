/** Whether a long past costs anything: the same work beside an empty log and beside one of millions of events. */

import { setTimeout } from "node:timers/promises"
import { startContestant } from "./contestant.ts"
import { type Contest, type Entry, migrated, ourServer, withSql } from "./contestants.ts"
import { fill } from "./fill.ts"

const reads = {
  order: "one order, loaded by its order number",
  page: "twenty orders of a buyer who has hundreds",
  feed: "a hundred events of the feed, somewhere in the log's last thousand",
}

/** `old` gets `events` events before anything is measured; `young` gets as many as one look needs. */
export const growth = (events: number): Contest => {
  const ages = ["old", "young"] as const
  const entriesOf = (age: (typeof ages)[number]): ReadonlyArray<Entry> => {
    const database = `${age}_log`
    return [
      {
        name: `append-${age}`,
        what: `the event log alone, ${age}`,
        database,
        start: async (url) => {
          await migrated(url)
          await fill(url, age === "old" ? events : fewest)
          return startContestant("appends.ts", { BENCH_URL: url })
        },
      },
      {
        name: `http-${age}`,
        what: `create and execute over HTTP, ${age}`,
        database,
        start: serverAfterLog,
      },
      ...Object.entries(reads).map(([read, what]) => ({
        name: `${read}-${age}`,
        what: `${what}, ${age}`,
        database,
        start: (url: string) => startContestant("reads.ts", { BENCH_URL: url, BENCH_READ: read }),
      })),
    ]
  }
  const entries = ages.map(entriesOf)
  return {
    // Side by side, so that a pair is measured within seconds.
    entries: (entries[0] ?? []).flatMap((old, index) => [old, entries[1]?.[index] ?? old]),
    compared: ["append", "http", ...Object.keys(reads)].map((what) => [`${what}-old`, `${what}-young`]),
  }
}

const fewest = 20_000

/**
 * A server that finds a log reads all of it once, for its subscriptions and to seal it. What is measured comes after: a server
 * that saw the log grow did that as it grew.
 */
const serverAfterLog = (url: string) =>
  withSql(url, async (sql) => {
    const [log] = await sql`SELECT count(*) AS events, max(feed_position) AS end FROM checkout_event`
    const server = await ourServer(url)
    const hasReadAll = async () => {
      const [place] = await sql`
        SELECT (SELECT min(position) FROM subscription_place WHERE source = 'checkouts') >= ${log?.["end"]} AS told,
               (SELECT max(count) FROM checkpoint) >= ${log?.["events"]} AS sealed`
      return place?.["told"] === true && place["sealed"] === true
    }
    while (!(await hasReadAll())) await setTimeout(500)
    return server
  })
