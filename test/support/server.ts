/** The whole server in this process: real PostgreSQL, real HTTP, the simulator as TossPay, settings of the test's own. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ConfigProvider, Context, Effect, Layer, type Scope } from "effect"
import { HttpServer } from "effect/http"
import { checkoutServer } from "../../server/app.ts"
import { Database } from "../../server/database/postgres.ts"
import { SimulatorAddress, simulatorServer, TossPaySimulator } from "../../server/simulator/index.ts"
import { freshDatabaseUrl } from "./database.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  readonly body: any
}

export class Shop extends Context.Service<
  Shop,
  {
    readonly url: string
    readonly simulatorUrl: string
    /** The settings it runs with, for other processes that work beside it. */
    readonly env: Readonly<Record<string, string>>
    /** One request; `as` is the toss user key. */
    call(
      method: "GET" | "POST" | "DELETE",
      path: string,
      body?: unknown,
      options?: { readonly as?: string; readonly headers?: Record<string, string> },
    ): Effect.Effect<Answer>
    /** What the buyer does on the simulated sheet. */
    sheet(payToken: string, action: "approve" | "close" | "decline"): Effect.Effect<void>
  }
>()("test/Shop") {}

const makeShop = Effect.fnUntraced(function* (env: Readonly<Record<string, string>>) {
  const { address } = yield* HttpServer.HttpServer
  const { controlUrl } = yield* SimulatorAddress
  const url = HttpServer.formatAddress(address)

  const call: Shop["Service"]["call"] = (method, path, body, { as = "buyer-1", headers = {} } = {}) =>
    Effect.promise(async () => {
      const isRaw = typeof body === "string" || body instanceof Uint8Array
      const reply = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          "accept-language": "en",
          "x-toss-user-key": as,
          ...headers,
        },
        ...(body !== undefined && { body: (isRaw ? body : JSON.stringify(body)) as string }),
      })
      const text = await reply.text()
      return { status: reply.status, headers: reply.headers, body: readJson(text) }
    })

  const sheet: Shop["Service"]["sheet"] = (payToken, action) =>
    Effect.promise(async () => {
      await fetch(`${controlUrl}/sheet/${payToken}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ action }),
      })
    })

  return Shop.of({ url, simulatorUrl: controlUrl, env, call, sheet })
})

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Env = Record<string, string>

/** A shop with its own database, simulator and ports. `env` overrides the settings; it may depend on where the simulator is. */
export const shop = (env: Env | ((partnerUrl: string) => Effect.Effect<Env, never, Scope.Scope>) = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const dataDir = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-shop-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
      )
      const databaseUrl = yield* freshDatabaseUrl
      const { partnerUrl, controlUrl } = yield* SimulatorAddress
      const all: Env = {
        PORT: "0",
        DATA_DIR: dataDir,
        DATABASE_URL: databaseUrl,
        TOSSPAY_BASE_URL: partnerUrl,
        LOG_LEVEL: "None",
        ...(typeof env === "function" ? yield* env(partnerUrl) : env),
      }
      const settings = ConfigProvider.layer(ConfigProvider.fromEnvRecord(all))
      return Layer.effect(Shop, makeShop(all)).pipe(
        // None runs along in production; there it is only what the settings take for TossPay.
        Layer.provideMerge(
          checkoutServer({ simulatorUrl: all["NODE_ENV"] === "production" ? null : controlUrl }),
        ),
        Layer.provide(settings),
      )
    }),
  ).pipe(Layer.provideMerge(simulatorServer({ port: 0 })), Layer.orDie)

export { Database, TossPaySimulator }
