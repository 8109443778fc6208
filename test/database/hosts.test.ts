import { mkdtempSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { expect } from "vitest"
import { withHost } from "../../server/database/hosts.ts"
import { meetDatabase } from "../../server/database/meet.ts"
import { Database, query } from "../../server/database/postgres.ts"
import { bridgeAt } from "../support/bridge.ts"
import { freshDatabaseUrl } from "../support/database.ts"

const asked = (url: string) =>
  Effect.gen(function* () {
    const there = Redacted.make(url)
    expect(yield* meetDatabase(there, 1)).toEqual({ isPooled: false })
    return yield* Effect.provide(
      Effect.flatMap(Database, (sql) => query(() => sql`SELECT current_setting('application_name') AS name`)),
      Database.layer(there),
    )
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-sockets-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

describe("a database is found", () => {
  it.live("at an IPv6 address, alone and as the first of several", () =>
    Effect.gen(function* () {
      const { server } = yield* bridgeAt({ host: "::1", port: 0 })
      const { port } = server.address() as AddressInfo
      const url = yield* freshDatabaseUrl
      for (const host of [`[::1]:${port}`, `[::1]:${port},127.0.0.1:1`]) {
        expect(yield* asked(withHost(url, host))).toEqual([{ name: "tosspay-checkout" }])
      }
    }),
  )

  it.live("by the folder of its sockets", () =>
    Effect.gen(function* () {
      const sockets = yield* folder
      yield* bridgeAt({ path: join(sockets, ".s.PGSQL.6543") })
      const url = withHost(yield* freshDatabaseUrl, "")
      for (const parameters of [
        `host=${sockets}&port=6543`,
        `port=6543&host=${encodeURIComponent(sockets)}`,
      ]) {
        expect(yield* asked(`${url}?${parameters}`)).toEqual([{ name: "tosspay-checkout" }])
      }
      expect(yield* asked(`${url}?host=${sockets}&application_name=shop&port=6543`)).toEqual([
        { name: "shop" },
      ])
    }),
  )
})
