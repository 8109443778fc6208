import { generateKeyPairSync } from "node:crypto"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { SignJWT } from "jose"
import postgres from "postgres"
import { expect } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { run } from "../support/cli.ts"
import { postgresUrl } from "../support/database.ts"
import { bodyOf, canary, databaseWithPassword, folder, formsOf, key, receiver, serving } from "./outlets.ts"

const authority = makeAuthority("TossPay")
const bank = Layer.orDie(simulatorServer({ tls: { ...authority.issue("bank"), ca: authority.cert } }))

/** What nobody but its owner may ever see, wherever it is looked for. */
const secrets = {
  userKey: canary("user"),
  adminToken: canary("admin"),
  databasePassword: canary("database"),
  jwtSecret: canary("jwt-secret-of-32-characters"),
  webhookPath: canary("webhook"),
  webhookSecret: key(),
  dataKey: key(),
  previousDataKey: key(),
}

/** What belongs to the record, and so into exports. */
const recorded = { why: canary("why").replaceAll("-", "_"), sheetReason: canary("sheet") }

const client = authority.issue("shop")
const checkpointKey = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

const settings = Effect.gen(function* () {
  const path = yield* folder
  const file = (name: string, text: string) => {
    writeFileSync(join(path, name), text)
    return join(path, name)
  }
  const webhook = yield* receiver((_, response) => response.writeHead(500).end(secrets.webhookSecret))
  const traces = yield* receiver((_, response) => response.end("{}"))
  const env = {
    PORT: "0",
    DATA_DIR: join(path, "data"),
    LOG_LEVEL: "Debug",
    DATABASE_URL: yield* databaseWithPassword(secrets.databasePassword),
    TOSSPAY_BASE_URL: (yield* SimulatorAddress).partnerUrl,
    TOSSPAY_CERT_FILE: file("cert.pem", client.cert),
    TOSSPAY_KEY_FILE: file("key.pem", client.key),
    TOSSPAY_CA_FILE: file("ca.pem", authority.cert),
    AUTH_MODE: "jwt",
    AUTH_JWT_AUDIENCE: "shop",
    AUTH_JWT_SECRET: secrets.jwtSecret,
    ADMIN_TOKEN: secrets.adminToken,
    WEBHOOK_URL: `${webhook.url}/${secrets.webhookPath}?token=${secrets.webhookPath}`,
    WEBHOOK_SECRET: `whsec_${secrets.webhookSecret}`,
    DATA_KEY: secrets.dataKey,
    DATA_KEY_PREVIOUS: secrets.previousDataKey,
    CHECKPOINT_KEY_FILE: file("checkpoint.pem", checkpointKey),
    CHECKPOINT_INTERVAL_MS: "500",
    RECOVERY_INTERVAL_MS: "100",
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
  }
  return { env, path, webhook, traces }
})

const bearerOf = (sub: string) =>
  Effect.promise(() =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(sub)
      .setAudience("shop")
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(secrets.jwtSecret)),
  )

describe("secrets and personal data", () => {
  it.live(
    "stay where they belong: no log, trace, answer, measure, message or export has what is not its own",
    () =>
      Effect.gen(function* () {
        const { env, path, webhook, traces } = yield* settings
        const { controlUrl } = yield* SimulatorAddress
        const jwt = yield* bearerOf(secrets.userKey)
        const answers: Array<string> = []
        const served = yield* serving(env)

        const send = (method: string, at: string, bearer: string, body?: unknown) =>
          Effect.promise(async () => {
            const reply = await fetch(`${served.url}${at}`, {
              method,
              headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
              ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
            })
            const text = await reply.text()
            answers.push(JSON.stringify([...reply.headers]), text)
            return text
          })
        const control = (at: string, body: unknown) =>
          Effect.promise(() => fetch(`${controlUrl}${at}`, { method: "POST", body: JSON.stringify(body) }))

        // An order whose outcome is unknown at first, and then is given back.
        const created = JSON.parse(yield* send("POST", "/api/payment/create", jwt, { amount: 5_000 }))
        const { orderId, payToken } = created as { readonly orderId: string; readonly payToken: string }
        const unpaid = JSON.parse(yield* send("POST", "/api/payment/create", jwt, { amount: 700 }))
        yield* send("POST", "/api/payment/authentication", jwt, {
          payToken: unpaid.payToken,
          outcome: "rejected",
          reason: recorded.sheetReason,
        })
        // The answers so far told the owner the token; from now on none has to.
        answers.length = 0
        yield* control(`/sheet/${payToken}`, { action: "approve" })
        yield* control("/simulator/faults", { call: "execute-payment", fault: "replyLostAfter" })
        yield* send("POST", "/api/payment/execute", jwt, { payToken })
        yield* Effect.repeat(send("GET", `/api/payment/orders/${orderId}`, jwt), {
          until: (text) => text.includes('"settled"'),
          times: 2_000,
        })
        yield* send("POST", `/admin/api/checkouts/${orderId}/refund`, secrets.adminToken, {
          reason: recorded.why,
        })

        // Before anything is cut: whoever loses the database waits for the lease of a subscription.
        yield* Effect.promise(() =>
          expect.poll(() => webhook.bodies.length, { timeout: 60_000 }).toBeGreaterThan(0),
        )

        // Whatever is wrong, it is not said back.
        yield* send("POST", "/api/payment/create", jwt, { amount: secrets.userKey })
        yield* send("POST", "/api/payment/create", jwt, `{"items": ${secrets.userKey}`)
        yield* send("POST", "/api/payment/execute", jwt, { payToken: secrets.userKey })
        yield* send("GET", `/api/payment/orders/${secrets.userKey}`, jwt)
        yield* send("GET", "/api/payment/orders", `${jwt}x`)
        yield* send("GET", "/api/payment/orders", secrets.adminToken)
        yield* send("GET", `/api/payment/orders?cursor=${secrets.userKey}`, jwt)
        yield* send("GET", "/admin/api/checkouts", jwt)
        for (const at of ["/readyz", "/openapi.json", "/docs", "/demo.json"]) yield* send("GET", at, jwt)
        const metrics = yield* send("GET", "/metrics", jwt)

        // A database that cuts every connection is an error with a cause.
        yield* Effect.promise(async () => {
          const admin = postgres(postgresUrl(), { max: 1 })
          const name = new URL(env.DATABASE_URL).pathname.slice(1)
          await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`
          await admin.end()
        })
        yield* Effect.all(
          [1, 2, 3, 4].map(() => send("GET", "/api/payment/orders", jwt)),
          { concurrency: 4 },
        )

        // What the back office may see, and what is exported from it.
        const office: Array<string> = []
        const { length } = answers
        for (const at of [
          "/checkouts",
          `/checkouts?q=${secrets.userKey}`,
          `/checkouts/${orderId}`,
          "/events",
          "/verify",
        ])
          yield* send("GET", `/admin/api${at}`, secrets.adminToken)
        office.push(...answers.splice(length))
        const commands: ReadonlyArray<ReadonlyArray<string>> = [
          ["audit", "list"],
          ["audit", "show", orderId],
          ["audit", "show", orderId, "--json"],
          ["audit", "export", "--format", "csv"],
          ["audit", "export", "--format", "jsonl"],
          ["audit", "export", "--format", "parquet", "--out", join(path, "events.parquet")],
          ["audit", "bundle", orderId, "--out", join(path, "bundle")],
          ["audit", "checkpoints", "--entries", "--out", join(path, "checkpoints.json")],
          ["deliveries", "list"],
          ["alerts", "--all"],
          ["reconcile"],
          ["rotate-keys"],
        ]
        const told: Array<string> = []
        for (const words of commands) {
          const { out, err } = yield* run(env, ...words)
          expect(out + err, words.join(" ")).not.toContain("    at ")
          office.push(out)
          told.push(err)
        }
        office.push(
          JSON.stringify(
            yield* Effect.promise(async () =>
              parquetReadObjects({ file: await asyncBufferFromFile(join(path, "events.parquet")) }),
            ),
            (_, value) => (typeof value === "bigint" ? String(value) : value),
          ),
          readFileSync(join(path, "checkpoints.json"), "utf8"),
          ...readdirSync(join(path, "bundle")).map((name) =>
            readFileSync(join(path, "bundle", name), "utf8"),
          ),
        )

        // Settings that are wrong are named, and not repeated.
        const wrongSettings: ReadonlyArray<Readonly<Record<string, string>>> = [
          { DATA_KEY: secrets.userKey },
          { DATA_KEY: key(), DATA_KEY_PREVIOUS: "" },
          { WEBHOOK_SECRET: secrets.webhookSecret },
          {
            DATABASE_URL: `postgres://a:${secrets.databasePassword}@127.0.0.1:1/none`,
            DATABASE_WAIT_MS: "0",
          },
          { TOSSPAY_KEY_FILE: join(path, "checkpoint.pem") },
        ]
        for (const wrong of wrongSettings) {
          const { out, err, code } = yield* run({ ...env, ...wrong }, "serve")
          expect([2, 3]).toContain(code)
          told.push(out, err)
        }

        served.child.kill("SIGTERM")
        yield* Effect.promise(() => new Promise((ended) => served.child.on("close", ended)))
        const log = served.said()
        expect(log).toContain("TossPay execute-payment has no answer")
        expect(traces.bodies.join("")).toContain("TossPay execute-payment")
        expect(office.join("")).toContain(recorded.why)
        expect(office.join("")).toContain(payToken)

        const outlets: Readonly<Record<string, string>> = {
          log,
          traces: traces.bodies.join(""),
          answers: answers.join(""),
          measures: metrics,
          messages: webhook.bodies.join(""),
          "the back office and its exports": office.join(""),
          "what commands say of themselves": told.join(""),
        }
        const pems = { clientKey: bodyOf(client.key), checkpointKey: bodyOf(checkpointKey) }
        const nowhere = { ...secrets, ...pems, jwt }
        const onRecord = { ...recorded, payToken }
        const mayHave: Readonly<Record<string, ReadonlyArray<string>>> = {
          // What the buyer's own webview said is the buyer's to read.
          answers: ["sheetReason"],
          "the back office and its exports": Object.keys(onRecord),
        }
        for (const [outlet, text] of Object.entries(outlets)) {
          for (const [name, secret] of Object.entries({ ...nowhere, ...onRecord })) {
            if (mayHave[outlet]?.includes(name)) continue
            for (const form of formsOf(secret))
              expect(text.includes(form), `${name} in ${outlet}`).toBe(false)
          }
        }
      }).pipe(Effect.scoped, Effect.provide(bank)),
    300_000,
  )
})
