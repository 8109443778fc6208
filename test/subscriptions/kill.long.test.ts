/** The program of docs/subscriptions.md, as real processes that are killed with SIGKILL. */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { freshDatabaseUrl } from "../support/database.ts"
import { asModule, programIn } from "../support/docs.ts"
import { bareEnvironment } from "../support/environment.ts"
import { openOrder, settledOrder } from "../support/orders.ts"

const program = asModule(programIn("subscriptions.md", "ts"))

/** Servers of one shop share their keys, and so their folder. */
const sharedFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "tosspay-checkout-kill-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
)

const startProcess = (databaseUrl: string, dataDir: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child: ChildProcess = spawn(process.execPath, program, {
        env: {
          ...bareEnvironment,
          DATABASE_URL: databaseUrl,
          DATA_DIR: dataDir,
          TOSSPAY_BASE_URL: "http://127.0.0.1:9",
          PORT: "0",
          LOG_LEVEL: "Error",
        },
        stdio: ["ignore", "ignore", "pipe"],
      })
      let heard = ""
      child.stderr?.on("data", (chunk) => {
        heard += chunk
      })
      // Orders of long ago look held up at the moment in which they are written.
      const complaints = () =>
        heard.split("\n").filter((line) => line !== "" && !line.includes("alert outcome-unknown"))
      const ended = once(child, "exit")
      const kill = async () => {
        child.kill("SIGKILL")
        await ended
      }
      return { kill, complaints, isUp: () => child.exitCode === null }
    }),
    ({ kill, isUp }) =>
      Effect.promise(async () => {
        if (isUp()) await kill()
      }),
  )

it.live(
  "kill -9 again and again: every settled order is shipped and thanked for, and each once",
  () =>
    Effect.gen(function* () {
      const url = yield* freshDatabaseUrl
      const folder = yield* sharedFolder
      const services = yield* Layer.build(
        postgresEventLog.pipe(
          Layer.provideMerge(Layer.effectDiscard(migrate)),
          Layer.provideMerge(Database.layer(Redacted.make(url))),
        ),
      )
      const sql = postgres(url, { max: 2, onnotice: () => {} })
      yield* Effect.promise(() => sql.unsafe(programIn("subscriptions.md", "sql")).simple())
      yield* Effect.addFinalizer(() => Effect.promise(() => sql.end()))

      const sentBy = async (table: "parcel" | "letter") =>
        (await sql`SELECT order_id FROM ${sql(table)}`).map((row) => String(row["order_id"]))
      const parcels = () => sentBy("parcel")
      /** What a dead process held is free again, as if its lease and its tries had run out. */
      const timePasses = () =>
        sql.begin(async (tx) => {
          await tx`UPDATE subscription SET held_until = clock_timestamp()`
          await tx`UPDATE delivery SET due_at = clock_timestamp() WHERE state = 'waiting'`
        })
      const until = (isSo: () => Promise<boolean>) =>
        expect.poll(isSo, { timeout: 60_000, interval: 20 }).toBe(true)

      const orders: Array<string> = []
      const settle = (howMany: number) =>
        Effect.provideContext(
          Effect.forEach(
            Array.from({ length: howMany }),
            () =>
              Effect.tap(settledOrder, ({ checkout }) =>
                Effect.sync(() => void orders.push(checkout.context.order.orderId)),
              ),
            { concurrency: 16, discard: true },
          ),
          services,
        )

      yield* settle(60)
      let mortal = yield* startProcess(url, folder)
      for (let round = 0; round < 3; round += 1) {
        const successor = yield* startProcess(url, folder)
        const before = (yield* Effect.promise(parcels)).length
        // Dies in the middle of its work, wherever that is.
        const enough = Math.min(before + 7 + round * 5, orders.length - 1)
        yield* Effect.promise(() => until(async () => (await parcels()).length >= enough))
        yield* Effect.promise(mortal.kill)
        expect(mortal.complaints()).toEqual([])
        yield* Effect.promise(timePasses)
        yield* settle(20)
        yield* Effect.provideContext(openOrder, services)
        mortal = successor
      }
      yield* Effect.promise(() =>
        until(async () => {
          const [{ waiting } = { waiting: null }] = await sql`
            SELECT count(*)::integer AS waiting FROM delivery
             WHERE subscription IN ('ship', 'thank') AND state = 'waiting'`
          const sent = [await sentBy("parcel"), await sentBy("letter")]
          return sent.every(({ length }) => length >= orders.length) && waiting === 0
        }),
      )
      for (const table of ["parcel", "letter"] as const) {
        expect((yield* Effect.promise(() => sentBy(table))).sort()).toEqual(orders.sort())
      }
      const delivered = yield* Effect.promise(
        () => sql<Array<{ subscription: string; count: number }>>`
          SELECT subscription, count(*)::integer AS count FROM delivery
           WHERE subscription IN ('ship', 'thank') AND state = 'delivered' GROUP BY 1 ORDER BY 1`,
      )
      expect(delivered).toEqual([
        { subscription: "ship", count: orders.length },
        { subscription: "thank", count: orders.length },
      ])
      expect(mortal.complaints()).toEqual([])
    }).pipe(Effect.scoped),
  180_000,
)
