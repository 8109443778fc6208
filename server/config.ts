/**
 * The settings of the process, read from the environment once. A wrong or missing one stops the start with a
 * message that names the variable and what it should be; the value itself is never printed.
 */

import { existsSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, Redacted } from "effect"
import type { MismatchPolicy } from "../machines/index.ts"
import { callPart } from "./checkout/lease.ts"
import { defaultDataDir, notedSimulator } from "./dataDir.ts"
import { bool, databaseUrl, file, isPrivateWay, oneOf, text, url, whole, wrong } from "./environment.ts"
import { type AddressRange, addressRange } from "./http/address.ts"
import { type Authentication, authenticationVariables } from "./identity/authenticationVariables.ts"
import { slowestPerMinute } from "./log/pace.ts"
import { type DataKeyVariables, dataKeyVariables } from "./payers/dataKeyVariables.ts"
import { type Tracing, tracingVariables } from "./telemetry/tracing.ts"
import type { TossPaySettings } from "./tosspay/settings.ts"
import type { WebhookSettings } from "./webhook/webhook.ts"

const logLevels = ["Debug", "Info", "Warning", "Error", "None"] as const

export interface Settings {
  /** Where fulfilment and alert messages go; `null` for nowhere. */
  readonly webhook: WebhookSettings | null
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** `null`: embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: Redacted.Redacted<string> | null
  /** How long a server that starts waits for a database that is away. Commands do not wait. */
  readonly databaseWaitMs: number
  readonly dataDir: string
  readonly tossPay: TossPaySettings
  readonly leaseMs: number
  readonly ttlMs: number
  /** What becomes of money that does not agree with its order. Fixed for a checkout when it is opened. */
  readonly onMismatch: MismatchPolicy
  readonly recoveryIntervalMs: number
  /**
   * How many checkouts recovery may ask about in any minute, all servers together. Each costs one to three calls, and a fourth
   * where a refund is refused.
   */
  readonly recoveryPerMinute: number
  readonly catalogFile: string | null
  readonly authentication: Authentication
  /** Bearer token of the back office. `null`: made at first start, and no back office at all in production. */
  readonly adminToken: Redacted.Redacted<string> | null
  /** Tokens of the back office that are somebody's own, each with a role. */
  readonly adminTokensFile: string | null
  readonly allowedOrigins: ReadonlyArray<string>
  /** Requests per caller; ten times as many per address. 0: no limit. */
  readonly rateLimitPerMinute: number
  /**
   * How many requests of buyers this server works on at once, and as many again that only read; what is more is told to come
   * again. By default twice as many as there are connections to TossPay.
   */
  readonly requestsAtOnce: number
  /** Whose `X-Forwarded-For` is believed. None: an address is the one that connects. */
  readonly trustedProxies: ReadonlyArray<AddressRange>
  readonly logLevel: (typeof logLevels)[number]
  /** Keep the toss user keys sealed at rest. */
  readonly dataKeys: DataKeyVariables
  readonly tracing: Tracing
  /** How often the log is sealed with a checkpoint. */
  readonly checkpointIntervalMs: number
  /** Made at first start outside production. */
  readonly checkpointKeyFile: string
}

export class CurrentSettings extends Context.Service<CurrentSettings, Settings>()(
  "tosspay-checkout/server/CurrentSettings",
) {
  static readonly layer = (defaults: SettingDefaults = {}) =>
    Layer.effect(CurrentSettings, readSettings(defaults))
}

/** What a command supplies itself when the environment does not, such as the simulator that `start` brings along. */
export interface SettingDefaults {
  readonly tossPayBaseUrl?: string
}

export const readSettings = Effect.fn("readSettings")(function* (defaults: SettingDefaults) {
  const environment = yield* text("NODE_ENV")
  const production = environment === "production"
  // Whoever means production and misspells it would get a server that believes everybody.
  if (!production && /^prod/i.test(environment ?? ""))
    return yield* wrong("NODE_ENV", "production, all of it in small letters")
  const inProduction = <A>(value: A | null, name: string, expected: string) =>
    production && value === null ? wrong(name, `${expected} (required in production)`) : Effect.succeed(value)

  const database = yield* Effect.flatMap(databaseUrl("DATABASE_URL"), (value) =>
    inProduction(value, "DATABASE_URL", "the URL of a PostgreSQL 15 or newer"),
  )

  const dataDir = (yield* text("DATA_DIR")) ?? defaultDataDir
  // As the embedded database of `start` is found by commands beside it, so is its simulator.
  const simulator = database === null ? notedSimulator(dataDir) : null
  const baseUrl = (yield* url("TOSSPAY_BASE_URL")) ?? defaults.tossPayBaseUrl ?? simulator
  if (baseUrl === null) {
    return yield* wrong(
      "TOSSPAY_BASE_URL",
      "the base URL of the TossPay partner API, such as https://pay-apps-in-toss-api.toss.im",
    )
  }
  if (production && !isPrivateWay(baseUrl)) {
    return yield* wrong(
      "TOSSPAY_BASE_URL",
      "a URL that starts with https:// (required in production, unless it is on this machine): without TLS nobody shows a certificate",
    )
  }
  const certFile = yield* Effect.flatMap(file("TOSSPAY_CERT_FILE"), (path) =>
    inProduction(path, "TOSSPAY_CERT_FILE", "the path of the client certificate (PEM)"),
  )
  const keyFile = yield* Effect.flatMap(file("TOSSPAY_KEY_FILE"), (path) =>
    inProduction(path, "TOSSPAY_KEY_FILE", "the path of the client certificate's key (PEM)"),
  )
  if ((certFile === null) !== (keyFile === null)) {
    return yield* wrong(
      certFile === null ? "TOSSPAY_CERT_FILE" : "TOSSPAY_KEY_FILE",
      "set together with its other half: a client certificate needs its key",
    )
  }
  const testPayment = yield* Effect.flatMap(bool("TOSSPAY_TEST_PAYMENT"), (value) =>
    inProduction(value, "TOSSPAY_TEST_PAYMENT", "true for the sandbox or false for real money"),
  )

  const leaseMs = yield* whole("CHECKOUT_LEASE_MS", 45_000, 50, 3_600_000)
  const timeoutMs = yield* whole("TOSSPAY_TIMEOUT_MS", 15_000, 10, 600_000)
  const settings: Settings = {
    webhook: yield* webhook,
    production,
    host: (yield* text("HOST")) ?? "127.0.0.1",
    port: yield* whole("PORT", 3000, 0, 65_535),
    databaseUrl: database,
    databaseWaitMs: yield* whole("DATABASE_WAIT_MS", 20_000, 0, 3_600_000),
    dataDir,
    tossPay: {
      baseUrl,
      certFile,
      keyFile,
      caFile: yield* file("TOSSPAY_CA_FILE"),
      testPayment: testPayment ?? true,
      timeoutMs: Math.min(timeoutMs, Math.floor(leaseMs * callPart)),
    },
    leaseMs,
    ttlMs: yield* whole("CHECKOUT_TTL_MS", 900_000, 50, 86_400_000),
    onMismatch: (yield* oneOf("MISMATCH_POLICY", ["refund", "hold"])) ?? "refund",
    recoveryIntervalMs: yield* whole("RECOVERY_INTERVAL_MS", 5_000, 10, 3_600_000),
    recoveryPerMinute: yield* whole("RECOVERY_PER_MINUTE", 500, slowestPerMinute, 1_000_000),
    catalogFile: yield* file("CATALOG_FILE"),
    authentication: yield* authenticationVariables(production),
    adminToken: yield* adminToken(production),
    adminTokensFile: yield* file("ADMIN_TOKENS_FILE"),
    allowedOrigins: yield* origins,
    requestsAtOnce: yield* whole("REQUESTS_AT_ONCE", 128, 1, 1_000_000),
    rateLimitPerMinute: yield* whole("RATE_LIMIT_PER_MINUTE", production ? 120 : 0, 0, 1_000_000),
    trustedProxies: yield* trustedProxies,
    logLevel: (yield* oneOf("LOG_LEVEL", logLevels)) ?? "Info",
    dataKeys: yield* dataKeyVariables(production),
    tracing: yield* tracingVariables,
    checkpointIntervalMs: yield* whole("CHECKPOINT_INTERVAL_MS", 60_000, 50, 86_400_000),
    checkpointKeyFile: yield* checkpointKeyFile(production, dataDir),
  }
  return settings
})

const adminToken = Effect.fnUntraced(function* (production: boolean) {
  const value = yield* text("ADMIN_TOKEN")
  if (value === null) return null
  if (!/^[\x21-\x7e]+$/.test(value)) {
    return yield* wrong("ADMIN_TOKEN", "a secret of printable characters without spaces")
  }
  return production && value.length < shortestAdminToken
    ? yield* wrong(
        "ADMIN_TOKEN",
        `a secret of at least ${shortestAdminToken} characters (required in production), such as \`openssl rand -hex 32\` prints: it gives money back`,
      )
    : Redacted.make(value)
})

/** Of whatever characters: longer than anybody guesses at the pace that an address is allowed. */
const shortestAdminToken = 16

const webhook = Effect.gen(function* () {
  const [target, secret] = [yield* text("WEBHOOK_URL"), yield* text("WEBHOOK_SECRET")]
  if (target === null && secret === null) return null
  const parsed = URL.parse(target ?? "")
  if (target === null || parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "") {
    return yield* wrong("WEBHOOK_URL", "a URL that starts with https:// or http://, set with WEBHOOK_SECRET")
  }
  const [, key = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret ?? "") ?? []
  const { length } = Buffer.from(key, "base64")
  if (secret === null || length < 24 || length > 64) {
    return yield* wrong(
      "WEBHOOK_SECRET",
      "whsec_ and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints, set with WEBHOOK_URL",
    )
  }
  return { url: Redacted.make(target), secret: Redacted.make(secret) }
})

const origins = Effect.gen(function* () {
  const listed = ((yield* text("ALLOWED_ORIGINS")) ?? "").split(",").map((origin) => origin.trim())
  const named = listed.filter((origin) => origin !== "")
  return named.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)
    ? named
    : yield* wrong("ALLOWED_ORIGINS", "origins such as https://my-app.apps.tossmini.com, separated by commas")
})

const trustedProxies = Effect.gen(function* () {
  const listed = ((yield* text("TRUSTED_PROXIES")) ?? "").split(",").map((range) => range.trim())
  const ranges = listed.filter((range) => range !== "").map(addressRange)
  return ranges.every((range) => range !== null)
    ? ranges
    : yield* wrong("TRUSTED_PROXIES", "addresses and networks such as 10.0.0.0/8, separated by commas")
})

const checkpointKeyFile = Effect.fnUntraced(function* (production: boolean, dataDir: string) {
  const path = (yield* text("CHECKPOINT_KEY_FILE")) ?? join(dataDir, "checkpoint.key")
  return production && !existsSync(path)
    ? yield* wrong("CHECKPOINT_KEY_FILE", `${checkpointKeyShape} (required in production)`)
    : path
})

export const checkpointKeyShape =
  "the path of an Ed25519 private key (PEM), such as `openssl genpkey -algorithm ed25519` prints"
