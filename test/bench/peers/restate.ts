/** The same lifecycle as a durable workflow of three steps, on a Restate server of its own, which keeps its own log on disk. */

import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { Agent, request } from "node:http"
import { createServer } from "node:http2"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createEndpointHandler, type WorkflowContext, workflow } from "@restatedev/restate-sdk"
import { contend } from "../contestant.ts"
import { answer } from "../order.ts"

const checkout = workflow({
  name: "checkout",
  handlers: {
    run: async (context: WorkflowContext) => {
      const orderId = context.key
      await context.run("mint", () => ({ orderId, amount: 9_000, payToken: orderId }))
      await context.run("execute", () => ({ attempt: 1 }))
      return context.run("settle", () => answer(orderId, orderId))
    },
  },
})

const steps = createServer(createEndpointHandler({ services: [checkout] }))
await once(steps.listen(0, "127.0.0.1"), "listening")
const { port } = steps.address() as { readonly port: number }

const folder = mkdtempSync(join(tmpdir(), "restate-"))
const program = fileURLToPath(new URL("node_modules/.bin/restate-server", import.meta.url))
const options = ["--base-dir", folder, "--use-random-ports", "true", "--no-logo"]
const server = spawn(program, options, {
  stdio: "ignore",
  env: { ...process.env, RESTATE_LOG_FILTER: "error" },
})
const ended = once(server, "exit")

const agent = new Agent({ keepAlive: true })

/** Posts to one of the server's sockets. */
const post = (socket: "admin" | "ingress", path: string, body: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = request(
      {
        agent,
        socketPath: join(folder, "vm", `${socket}.sock`),
        path,
        method: "POST",
        headers: { "content-type": "application/json" },
      },
      (reply) => {
        const isGranted = (reply.statusCode ?? 500) < 300
        reply
          .on("error", reject)
          .on("end", isGranted ? resolve : () => reject(new Error(`${reply.statusCode}`)))
        reply.resume()
      },
    )
    call.on("error", reject).end(body === undefined ? "" : JSON.stringify(body))
  })

/** Repeats it until the server is up. */
const soon = async (attempt: () => Promise<void>, tries = 120): Promise<void> => {
  try {
    await attempt()
  } catch (error) {
    if (tries === 0) throw error
    await pause(250)
    await soon(attempt, tries - 1)
  }
}

const lifecycle = () => post("ingress", `/checkout/${randomUUID()}/run`, {})

await soon(() => post("admin", "/deployments", { uri: `http://127.0.0.1:${port}` }))
await soon(lifecycle)

contend(lifecycle, async () => {
  server.kill("SIGTERM")
  await ended
  agent.destroy()
  rmSync(folder, { recursive: true, force: true })
})
