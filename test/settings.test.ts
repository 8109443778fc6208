/** What the environment may say, and what is refused before anything is started. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { checkoutServer } from "../server/app.ts"
import { callPart } from "../server/checkout/lease.ts"
import { readSettings } from "../server/config.ts"
import { lockDataDir, noteSimulator } from "../server/dataDir.ts"
import { CannotStart } from "../server/errors.ts"

const noFile = "/nowhere.pem"
const someFile = import.meta.filename

const reading = (env: Record<string, string>) =>
  readSettings({}).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

const refusalOf = async (env: Record<string, string>) => {
  const refused = await Effect.runPromise(Effect.flip(reading(env)))
  expect(refused).toBeInstanceOf(CannotStart)
  return refused
}

/** What production needs, except for the key of the checkpoints, which whoever started the product here has in its folder. */
const almostAll = {
  DATA_DIR: "/nowhere",
  DATABASE_URL: "postgres://a@b/c",
  TOSSPAY_CERT_FILE: someFile,
  TOSSPAY_KEY_FILE: someFile,
  TOSSPAY_TEST_PAYMENT: "true",
  AUTH_MODE: "jwt",
  AUTH_JWT_AUDIENCE: "shop",
  AUTH_JWT_SECRET: "a secret of at least 32 characters",
  DATA_KEY: Buffer.alloc(32).toString("base64"),
}

describe("settings", () => {
  it("need nothing but a TossPay", async () => {
    const settings = await Effect.runPromise(reading({ TOSSPAY_BASE_URL: "http://127.0.0.1:9" }))
    expect(settings).toMatchObject({ production: false, port: 3000, databaseUrl: null })
  })

  it.each([
    ["development", 0],
    ["production", 120],
  ])("limit how often one caller asks in %s: %d a minute", async (NODE_ENV, perMinute) => {
    const env = { ...almostAll, NODE_ENV, CHECKPOINT_KEY_FILE: someFile, TOSSPAY_BASE_URL: "https://bank" }
    expect((await Effect.runPromise(reading(env))).rateLimitPerMinute).toBe(perMinute)
  })

  it.each([
    ["https://bank", true],
    ["http://127.0.0.1:9", true],
    ["http://[::1]:9", true],
    ["http://bank", false],
    ["http://127.0.0.1.bank", false],
    ["http://localhost@bank", false],
  ])("send nothing to TossPay over a network without TLS in production: %s", async (url, isGood) => {
    const env = { ...almostAll, NODE_ENV: "production", CHECKPOINT_KEY_FILE: someFile, TOSSPAY_BASE_URL: url }
    const complaint = isGood ? null : expect.stringMatching(/^TOSSPAY_BASE_URL must be a URL .*https:\/\//)
    const read = Effect.match(reading(env), { onFailure: ({ reason }) => reason, onSuccess: () => null })
    expect(await Effect.runPromise(read)).toEqual(complaint)
  })

  it("let no simulator run along in production: its demo gives the back office's token to whoever asks", async () => {
    const env = {
      ...almostAll,
      NODE_ENV: "production",
      CHECKPOINT_KEY_FILE: someFile,
      TOSSPAY_BASE_URL: "https://bank",
    }
    const start = Layer.build(checkoutServer({ simulatorUrl: "http://127.0.0.1:9" })).pipe(
      Effect.scoped,
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
    )
    expect(await Effect.runPromise(Effect.flip(start))).toMatchObject({
      _tag: "CannotStart",
      exitCode: 2,
      reason: expect.stringContaining("simulator"),
    })
  })

  it("let no call to TossPay outlast the lease of its claim", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 50, max: 3_600_000 }),
        fc.integer({ min: 10, max: 600_000 }),
        async (leaseMs, wantedMs) => {
          const env = { CHECKOUT_LEASE_MS: String(leaseMs), TOSSPAY_TIMEOUT_MS: String(wantedMs) }
          const { tossPay } = await Effect.runPromise(reading({ TOSSPAY_BASE_URL: "http://bank", ...env }))
          expect(tossPay.timeoutMs).toBe(Math.min(wantedMs, Math.floor(leaseMs * callPart)))
          expect(tossPay.timeoutMs).toBeLessThan(leaseMs)
        },
      ),
      { seed: inject("seed"), examples: [[50, 600_000]] },
    ))

  it.each([
    ["NODE_ENV", "prod"],
    ["NODE_ENV", "Production"],
    ["PORT", "abc"],
    ["PORT", "70000"],
    ["DATABASE_URL", "mysql://x"],
    ["DATABASE_URL", "postgres://a:b@nohost:99999/x"],
    ["DATABASE_URL", "postgres://a:b@one:5432,two:99999/x"],
    ["DATABASE_URL", "postgres://a:5%@one/x"],
    ["DATABASE_URL", "postgres://%zz@one/x"],
    ["DATABASE_URL", "postgres://a:b@one/x?target_session_attrs=banana"],
    ["TOSSPAY_BASE_URL", "toss"],
    ["TOSSPAY_CERT_FILE", noFile],
    ["TOSSPAY_TEST_PAYMENT", "yes"],
    ["TOSSPAY_TIMEOUT_MS", "-1"],
    ["CHECKOUT_LEASE_MS", "soon"],
    ["CHECKOUT_TTL_MS", "1e9"],
    ["RECOVERY_INTERVAL_MS", "0"],
    ["RECOVERY_PER_MINUTE", "0"],
    ["CATALOG_FILE", "/nowhere.json"],
    ["AUTH_MODE", "none"],
    ["RATE_LIMIT_PER_MINUTE", "-1"],
    ["TRUSTED_PROXIES", "10.0.0.0/8, proxy"],
    ["ALLOWED_ORIGINS", "example"],
    ["LOG_LEVEL", "loud"],
    ["DATA_KEY", "short"],
    ["DATA_KEY_PREVIOUS", `${Buffer.alloc(32).toString("base64")},short`],
    ["CHECKPOINT_INTERVAL_MS", "0"],
    ["WEBHOOK_URL", "toss"],
    ["WEBHOOK_URL", "https://user:password@example.com/"],
    ["WEBHOOK_SECRET", "whsec_c2hvcnQ="],
  ])("are refused by their name: a wrong %s (%s)", async (name, value) => {
    const refused = await refusalOf({ TOSSPAY_BASE_URL: "http://127.0.0.1:9", [name]: value })
    expect(refused.exitCode).toBe(2)
    expect(refused.reason).toContain(name)
  })

  it.each([
    "postgres://a:5%25@one/x",
    "postgresql://a@one,two:6432/x?target_session_attrs=primary",
    "postgres://a:b@/x?host=/run/postgresql&port=6543",
    "postgres://a@[::1]:5432/x?sslmode=verify-ca&connect_timeout=3",
    "postgres://a@one/x?application_name=100%&sslmode=no-verify",
    "postgres://a@one/x?options=-c%20statement_timeout%3D5000",
  ])("take a database by any URL that leads to one: %s", async (url) => {
    const { databaseUrl } = await Effect.runPromise(
      reading({ TOSSPAY_BASE_URL: "http://bank", DATABASE_URL: url }),
    )
    expect(databaseUrl === null ? null : Redacted.value(databaseUrl)).toBe(url)
  })

  it("take for TossPay the simulator beside an embedded database, as long as its process lives and nothing else is said", async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "tosspay-checkout-settings-"))
    const lock = join(DATA_DIR, "lock")
    const tossPayIn = async (env: Record<string, string>) =>
      (await Effect.runPromise(reading({ DATA_DIR, ...env }))).tossPay.baseUrl
    const start = Effect.gen(function* () {
      yield* lockDataDir(DATA_DIR)
      yield* Effect.promise(async () => {
        expect((await refusalOf({ DATA_DIR })).reason).toContain("TOSSPAY_BASE_URL")
      })
      yield* noteSimulator(DATA_DIR, "http://127.0.0.1:9")
      yield* Effect.promise(async () => {
        expect(await tossPayIn({})).toBe("http://127.0.0.1:9")
        expect(await tossPayIn({ TOSSPAY_BASE_URL: "http://bank" })).toBe("http://bank")
        const elsewhere = { DATA_DIR, DATABASE_URL: "postgres://a@b/c" }
        expect((await refusalOf(elsewhere)).reason).toContain("TOSSPAY_BASE_URL")
        expect((await refusalOf({ ...elsewhere, NODE_ENV: "production" })).reason).toContain(
          "TOSSPAY_BASE_URL",
        )
      })
    })
    try {
      await Effect.runPromise(Effect.scoped(start))
      expect(existsSync(lock)).toBe(false)
      expect((await refusalOf({ DATA_DIR })).reason).toContain("TOSSPAY_BASE_URL")
      // A process that was killed leaves its lock; no process has this number.
      writeFileSync(lock, `${2 ** 30}\nhttp://127.0.0.1:9`)
      expect((await refusalOf({ DATA_DIR })).reason).toContain("TOSSPAY_BASE_URL")
    } finally {
      rmSync(DATA_DIR, { recursive: true })
    }
  })

  const jwt = { TOSSPAY_BASE_URL: "http://bank", AUTH_MODE: "jwt", AUTH_JWT_AUDIENCE: "shop" }
  const [secret, jwks] = [{ AUTH_JWT_SECRET: "s".repeat(32) }, { AUTH_JWKS_URL: "https://keys.example" }]
  it.each([
    ["AUTH_JWT_AUDIENCE", { ...jwt, ...secret, AUTH_JWT_AUDIENCE: "" }],
    ["AUTH_JWT_SECRET", jwt],
    ["AUTH_JWT_SECRET", { ...jwt, AUTH_JWT_SECRET: "s".repeat(31) }],
    ["AUTH_JWT_SECRET", { ...jwt, ...secret, ...jwks }],
    ["AUTH_JWKS_URL", { ...jwt, AUTH_JWKS_URL: "file:///keys.json" }],
  ])("check tokens in one way, and name what is missing for it: %s", async (name, env) => {
    expect((await refusalOf(env)).reason).toContain(name)
  })

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ["DATABASE_URL", {}],
    ["TOSSPAY_CERT_FILE", { DATABASE_URL: "postgres://a@b/c" }],
    ["AUTH_MODE", { ...almostAll, AUTH_MODE: "" }],
    ["AUTH_MODE", { ...almostAll, AUTH_MODE: "dev" }],
    ["AUTH_JWKS_URL", { ...almostAll, AUTH_JWT_SECRET: "", AUTH_JWKS_URL: "http://keys.example" }],
    ["ADMIN_TOKEN", { ...almostAll, CHECKPOINT_KEY_FILE: someFile, ADMIN_TOKEN: "x".repeat(15) }],
    ["CHECKPOINT_KEY_FILE", almostAll],
  ])("are refused by their name: a missing or unsafe %s in production", async (name, env) => {
    const refused = await refusalOf({
      NODE_ENV: "production",
      TOSSPAY_BASE_URL: "https://toss.example",
      ...env,
    })
    expect(refused.exitCode).toBe(2)
    expect(refused.reason).toContain(name)
  })
})
