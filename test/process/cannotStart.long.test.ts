/** What the program says when it cannot begin: one line that names the setting, and the exit code of its kind. */

import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { run } from "../support/cli.ts"
import { freshDatabaseUrl } from "../support/database.ts"

const aFile = fileURLToPath(import.meta.url)
const noTossPay = { TOSSPAY_BASE_URL: "http://127.0.0.1:9" }
const inProduction = { NODE_ENV: "production", TOSSPAY_BASE_URL: "https://toss.example" }

const refuses = (command: string, settings: Record<string, string>, code: number, named: string) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-start-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
    )
    const ended = yield* run({ DATA_DIR: join(folder, "data"), PORT: "0", ...settings }, command)
    expect(ended.code).toBe(code)
    const complaint = ended.err.split("\n").filter((line) => line.startsWith("tosspay-checkout: "))
    expect(complaint).toHaveLength(1)
    expect(complaint[0]).toContain(named)
    expect(ended.err).not.toMatch(/^\s+at /m)
    expect(ended.out).not.toContain("ready")
  })

describe("what cannot start says why in one line", () => {
  it.live.each<
    [what: string, command: string, settings: Record<string, string>, code: number, named: string]
  >([
    [
      "a data folder in a file system that has no folders to make",
      "start",
      { DATA_DIR: "/proc/x/y" },
      3,
      "DATA_DIR",
    ],
    ["a data folder that cannot be one", "start", { DATA_DIR: aFile }, 3, "DATA_DIR"],
    [
      "a database that does not come in time",
      "serve",
      { ...noTossPay, DATABASE_URL: "postgres://a:b@127.0.0.1:1/c", DATABASE_WAIT_MS: "1" },
      3,
      "DATABASE_URL",
    ],
    ["a wrong setting", "serve", { ...noTossPay, PORT: "abc" }, 2, "PORT"],
    [
      "a checkpoint key that is none",
      "serve",
      { ...noTossPay, CHECKPOINT_KEY_FILE: aFile },
      2,
      "CHECKPOINT_KEY_FILE",
    ],
    ["a missing setting in production", "serve", inProduction, 2, "DATABASE_URL"],
    ["the simulator in production", "simulator", { NODE_ENV: "production" }, 2, "NODE_ENV"],
    ["the whole product in production", "start", { NODE_ENV: "production" }, 2, "NODE_ENV"],
    [
      "callers who only say who they are, in production",
      "serve",
      {
        ...inProduction,
        TOSSPAY_CERT_FILE: aFile,
        TOSSPAY_KEY_FILE: aFile,
        TOSSPAY_TEST_PAYMENT: "true",
        DATABASE_URL: "postgres://a@b/c",
        AUTH_MODE: "dev",
      },
      2,
      "AUTH_MODE",
    ],
    ["a missing TossPay", "serve", {}, 2, "TOSSPAY_BASE_URL"],
  ])("%s", ([, command, settings, code, named]) => refuses(command, settings, code, named))

  it.live("a port that is taken", () =>
    Effect.gen(function* () {
      const holder = yield* Effect.acquireRelease(
        Effect.sync(() => createServer().listen(0, "127.0.0.1")),
        (server) => Effect.sync(() => server.close()),
      )
      yield* Effect.promise(() => once(holder, "listening"))
      const { port } = holder.address() as AddressInfo
      const settings = { DATABASE_URL: yield* freshDatabaseUrl, PORT: String(port) }
      yield* refuses("start", settings, 3, `PORT ${port}`)
    }),
  )
})

describe("the command line", () => {
  it.live("explains itself", () =>
    Effect.gen(function* () {
      const { code, out } = yield* run({}, "--help")
      expect(code).toBe(0)
      for (const command of ["start", "serve", "simulator", "migrate"]) expect(out).toContain(command)
    }),
  )

  it.live("calls an unknown command wrong use", () =>
    Effect.gen(function* () {
      expect(yield* run({}, "nonsense")).toMatchObject({ code: 2 })
    }),
  )
})
