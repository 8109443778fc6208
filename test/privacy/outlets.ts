/** Everywhere that something leaves a server to: a process with its log, a webhook, a collector of traces, the network. */

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import postgres from "postgres"
import { inject } from "vitest"
import { freshDatabaseUrl, postgresUrl } from "../support/database.ts"
import { bareEnvironment } from "../support/environment.ts"

/** `serve` until the scope closes; gives its URL and all that it has said so far. */
export const serving = (env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [inject("program"), "serve"], {
        env: { ...bareEnvironment, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      })
      let [out, err] = ["", ""]
      child.stderr.on("data", (chunk) => {
        err += chunk
      })
      const url = await new Promise<string>((ready, failed) => {
        child.stdout.on("data", (chunk) => {
          out += chunk
          const [, found] = /^ready .*(http:\S+)$/m.exec(out) ?? []
          if (found !== undefined) ready(found)
        })
        child.on("exit", (code) => failed(new Error(`ended with ${code}: ${err}`)))
      })
      return { child, url, said: () => out + err }
    }),
    ({ child }) =>
      Effect.promise(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill("SIGTERM")
        await once(child, "exit")
      }),
  )

/** Keeps the bodies that it is sent. */
export const receiver = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const bodies: Array<string> = []
      const server = createServer(async (request, response) => {
        bodies.push((await request.toArray()).join(""))
        answer(request, response)
      })
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
      return { bodies, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
    ({ server }) => Effect.sync(() => server.closeAllConnections() ?? server.close()),
  )

/** A text that is in no other. */
export const canary = (name: string) => `canary-${name}-${randomBytes(8).toString("hex")}`
export const key = () => randomBytes(32).toString("base64")
/** The middle of a PEM text, which is in no other. */
export const bodyOf = (pem: string) => pem.split("\n")[1] ?? ""

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-canaries-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/** A role with a password of its own, gone after the database that it made tables in. */
export const databaseWithPassword = (password: string) =>
  Effect.gen(function* () {
    const role = `canary_${randomBytes(6).toString("hex")}`
    const asAdmin = (statement: string) =>
      Effect.promise(async () => {
        const admin = postgres(postgresUrl(), { max: 1 })
        await admin.unsafe(statement)
        await admin.end()
      })
    yield* Effect.acquireRelease(asAdmin(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${password}'`), () =>
      asAdmin(`DROP ROLE ${role}`),
    )
    const url = new URL(yield* freshDatabaseUrl)
    Object.assign(url, { username: role, password })
    return url.toString()
  })

/** The forms in which a text is found although it is not written as it is. */
export const formsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  Buffer.from(secret).toString("base64url"),
]
