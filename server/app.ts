/** The checkout server as layers: nothing is decided here, only put together. */

import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Logger, type Redacted, References } from "effect"
import { orderAlerts } from "./alerts/orders.ts"
import { postgresAlerts } from "./alerts/postgres.ts"
import { alertWatch } from "./alerts/watch.ts"
import { Operators } from "./backOffice/operators.ts"
import { Sessions } from "./backOffice/sessions.ts"
import { Uses } from "./backOffice/uses.ts"
import { Catalog } from "./catalog.ts"
import { Advance } from "./checkout/advance.ts"
import { recoveryWorker } from "./checkout/recover.ts"
import { CurrentSettings, type SettingDefaults, type Settings } from "./config.ts"
import { embeddedPostgres } from "./database/embedded.ts"
import { meetDatabase } from "./database/meet.ts"
import { expectMigrated, migrate } from "./database/migrate.ts"
import { Database } from "./database/postgres.ts"
import { lockDataDir } from "./dataDir.ts"
import { CannotStart } from "./errors.ts"
import { type HttpOptions, httpServer } from "./http/server.ts"
import { Authenticator } from "./identity/authenticator.ts"
import { CheckpointKeys } from "./integrity/keys.ts"
import { sealingWorker } from "./integrity/seal.ts"
import { Verifier } from "./integrity/verifier.ts"
import { verifyingWorker } from "./integrity/verifyRegularly.ts"
import { postgresEventLog } from "./log/postgres.ts"
import { dataKeysOf } from "./payers/dataKeyVariables.ts"
import { Payers } from "./payers/payers.ts"
import { postgresDeliveries } from "./subscriptions/postgres.ts"
import { tracedLog, tracedTossPay, tracer } from "./telemetry/tracing.ts"
import { tossPayClient } from "./tosspay/client.ts"
import { webhook } from "./webhook/webhook.ts"

export interface ServerOptions extends HttpOptions {
  readonly defaults?: SettingDefaults
}

/**
 * Logs go to standard error: one line of JSON per event in production, readable lines elsewhere; never a secret or a
 * toss user key.
 */
export const logging = Layer.unwrap(
  Effect.map(CurrentSettings, ({ production, logLevel }) =>
    Layer.merge(
      Logger.layer([Logger.withConsoleError(production ? Logger.formatJson : Logger.formatLogFmt)]),
      Layer.succeed(References.MinimumLogLevel, logLevel === "Warning" ? "Warn" : logLevel),
    ),
  ),
)

/**
 * The whole server. Building it starts it; closing its scope drains it. Refuses to start with a simulator in production: the demo
 * would give the token of the back office to whoever asks.
 */
export const checkoutServer = ({ simulatorUrl = null, defaults = {} }: ServerOptions = {}) =>
  Layer.unwrap(
    Effect.flatMap(CurrentSettings, (settings) =>
      settings.production && simulatorUrl !== null
        ? Effect.fail(noSimulator)
        : Effect.succeed(running(settings, simulatorUrl)),
    ),
  ).pipe(Layer.provideMerge(logging), Layer.provideMerge(CurrentSettings.layer(defaults)))

const noSimulator = new CannotStart({
  exitCode: 2,
  reason: "NODE_ENV must not be production where a simulator runs along",
})

const running = (settings: Settings, simulatorUrl: string | null) =>
  Layer.mergeAll(
    httpServer({ simulatorUrl }),
    recoveryWorker,
    sealingWorker,
    orderAlerts,
    verifyingWorker,
    alertWatch,
    settings.webhook === null ? Layer.empty : webhook(settings.webhook),
  ).pipe(
    Layer.provideMerge(Layer.merge(backOffice, Verifier.layer)),
    Layer.provideMerge(checkouts(settings, database(settings))),
    Layer.provide(CheckpointKeys.signing(settings.checkpointKeyFile, !settings.production)),
    Layer.provide(NodeHttpServer.layerHttpServices),
    Layer.provideMerge(tracer(settings.tracing)),
  )

/** Who may enter, who has, and what they did. */
const backOffice = Layer.provideMerge(Layer.merge(Sessions.layer, Uses.layer), Operators.layer)

/** The use cases for a command that works beside the servers. */
export const checkoutsBeside = Layer.unwrap(
  Effect.map(CurrentSettings, (settings) => checkouts(settings, databaseBeside(settings))),
).pipe(
  Layer.provide(NodeHttpServer.layerHttpServices),
  Layer.provideMerge(logging),
  Layer.provideMerge(CurrentSettings.layer()),
)

/** The use cases with everything that they need, without HTTP. */
const checkouts = <E, R>(settings: Settings, database: Layer.Layer<Database, E, R>) =>
  Advance.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        tracedLog(settings.tracing, postgresEventLog),
        postgresDeliveries,
        postgresAlerts,
        payers(settings),
      ),
    ),
    Layer.provideMerge(database),
    Layer.provideMerge(
      Layer.mergeAll(
        tracedTossPay(settings.tracing, tossPayClient(settings.tossPay)),
        Catalog.layer(settings.catalogFile),
        Authenticator.layer(settings.authentication),
      ),
    ),
  )

/** The database with its schema up to date. */
export const database = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { databaseUrl, databaseWaitMs, dataDir } = settings
      return Layer.provideMerge(
        Layer.effectDiscard(bringUp),
        databaseUrl === null
          ? Database.layer(yield* ownEmbedded(dataDir))
          : databaseThere(databaseUrl, databaseWaitMs),
      )
    }),
  )

/** The database of DATABASE_URL, once it answers. */
const databaseThere = (url: Redacted.Redacted<string>, patienceMs: number) =>
  Layer.unwrap(Effect.map(meetDatabase(url, patienceMs), (met) => Database.layer(url, met)))

/** A server has its embedded database to itself. */
const ownEmbedded = (dataDir: string) => Effect.andThen(lockDataDir(dataDir), embeddedPostgres(dataDir))

const bringUp = migrate.pipe(
  Effect.catchTag(
    "Unavailable",
    ({ cause }) =>
      new CannotStart({
        exitCode: 3,
        reason: `DATABASE_URL cannot be reached or used: ${cause instanceof Error ? cause.message : "no answer"}`,
      }),
  ),
)

/** The database as it is; an embedded one is used along with the server that owns it. */
const databaseAsItIs = ({ databaseUrl, dataDir }: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      return databaseUrl === null
        ? Database.layer(yield* embeddedPostgres(dataDir, { owned: false }))
        : databaseThere(databaseUrl, 0)
    }),
  )

/** The database as a server left it: with the schema that we need, or the command ends and says so. */
const databaseBeside = (settings: Settings) =>
  Layer.provideMerge(Layer.effectDiscard(expectMigrated), databaseAsItIs(settings))

const alone = <E>(database: (settings: Settings) => Layer.Layer<Database, E>) =>
  Layer.unwrap(Effect.map(CurrentSettings, database)).pipe(
    Layer.provideMerge(logging),
    // TossPay is not called here, so its address may be missing.
    Layer.provideMerge(CurrentSettings.layer({ tossPayBaseUrl: "http://127.0.0.1" })),
  )

/** The database alone, for a command that works beside the servers. */
export const databaseOnly = alone(databaseBeside)

/** The same whatever its schema, for the command that brings it up to date. */
export const databaseToMigrate = alone(databaseAsItIs)

/** The database, and the keys that its checkpoints are checked with. */
export const databaseAndKeys = Layer.unwrap(
  Effect.map(CurrentSettings, ({ checkpointKeyFile }) => CheckpointKeys.checking(checkpointKeyFile)),
).pipe(Layer.provideMerge(databaseOnly))

/** The log and who its payers are, for a command that works beside the servers. */
export const logBeside = Layer.unwrap(
  Effect.map(CurrentSettings, (settings) => Layer.merge(postgresEventLog, payers(settings))),
).pipe(Layer.provideMerge(databaseOnly))

/** What was recorded, for a command that only reads and orders. */
export const recordsBeside = Layer.mergeAll(postgresEventLog, postgresDeliveries, postgresAlerts).pipe(
  Layer.provideMerge(databaseOnly),
)

/** What seals user keys, and who is known by them. */
function payers({ dataKeys, dataDir }: Settings) {
  return Layer.unwrap(Effect.map(dataKeysOf(dataKeys, dataDir), Payers.layer))
}
