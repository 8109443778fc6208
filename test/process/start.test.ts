import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Exit, Scope } from "effect"
import { afterAll, afterEach, describe, expect, inject, it } from "vitest"
import { freshDatabaseUrl } from "../support/database.ts"
import { bareEnvironment } from "../support/environment.ts"

/** As `npm start` starts it. Wherever it makes no difference it is the same in one file, which starts faster. */
const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url))

const folders: Array<string> = []
const children: Array<ChildProcess> = []

/** Private, as a person's home is: what runs as another user cannot look into it. */
const privateFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-process-"))
  folders.push(folder)
  return folder
}

const scope = Scope.makeUnsafe()
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** Where the law is not of it, a database that is there already: one of its own takes a server longer than all the rest. */
const database = () => Effect.runPromise(Scope.provide(freshDatabaseUrl, scope))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const run = (command: ReadonlyArray<string>, env: Record<string, string>, program = inject("program")) => {
  const child = spawn(process.execPath, [program, ...command], {
    env: { ...bareEnvironment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  children.push(child)
  let out = ""
  let err = ""
  child.stderr.on("data", (chunk) => {
    err += chunk
  })
  const ready = new Promise<string>((done, failed) => {
    child.stdout.on("data", (chunk) => {
      out += chunk
      const url = /^ready .*(http:\S+)$/m.exec(out)?.[1]
      if (url !== undefined) done(url)
    })
    child.on("exit", (code) => failed(new Error(`ended with ${code} before it was ready: ${err}`)))
  })
  ready.catch(() => {})
  const ended: Promise<Ended> = once(child, "close").then(([code]) => ({
    code: code as number | null,
    out,
    err,
  }))
  return { child, ready, ended, said: () => out, log: () => err }
}

const post = async (url: string, path: string, body: unknown) => {
  const reply = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  return (await reply.json()) as { orderId: string; payToken: string; ok: boolean }
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM")
      await once(child, "exit")
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe("the whole product on one machine", () => {
  it("takes a payment, ends with 0 on SIGTERM, knows its orders after a restart and after kill -9, and a refund beside it finds its TossPay", async () => {
    const env = { DATA_DIR: join(privateFolder(), "data"), PORT: "0" }
    const first = run(["start"], env, cli)
    const url = await first.ready
    for (const [line, name, address] of first
      .said()
      .matchAll(/^ {2}(demo mini-app|audit console|API reference|TossPay simulator) +(\S+)$/gm)) {
      expect([name, (await fetch(address ?? line)).status]).toEqual([name, 200])
    }
    const token = /back office token (\S+)/.exec(first.said())?.[1]
    expect(readFileSync(join(env.DATA_DIR, "admin.token"), "utf8")).toBe(token)
    expect(first.said()).toMatch(
      /demo mini-app +http.*audit console +http.*API reference +http.*TossPay simulator +http/s,
    )
    const { payToken, orderId } = await post(url, "/api/payment/create", { amount: 5000 })
    const demo = (await (await fetch(`${url}/demo.json`)).json()) as { simulatorUrl: string }
    await post(demo.simulatorUrl, `/sheet/${payToken}`, { action: "approve" })
    expect(await post(url, "/api/payment/execute", { payToken })).toMatchObject({ ok: true, orderId })
    first.child.kill("SIGTERM")
    expect((await first.ended).code).toBe(0)

    const second = run(["start"], env)
    const again = await second.ready
    expect(await post(again, "/api/payment/execute", { payToken })).toMatchObject({ ok: true, orderId })
    const created = await post(again, "/api/payment/create", { amount: 700 })
    second.child.kill("SIGKILL")
    await second.ended

    const third = run(["start"], env)
    const orders = await (await fetch(`${await third.ready}/api/payment/orders`)).json()
    expect(orders).toMatchObject({ orders: [{ orderId: created.orderId }, { orderId, state: "settled" }] })
    const refund = await run(["refund", orderId, "--reason", "a test"], env).ended
    expect(refund).toMatchObject({ code: 0, out: expect.stringContaining("5,000 won given back") })
  }, 120_000)
})

describe("a server without a simulator", () => {
  it("hands its pages no token of the back office", async () => {
    const serve = run(["serve"], {
      DATABASE_URL: await database(),
      DATA_DIR: join(privateFolder(), "data"),
      PORT: "0",
      TOSSPAY_BASE_URL: "http://127.0.0.1:9",
    })
    const demo = await (await fetch(`${await serve.ready}/demo.json`)).json()
    expect(demo).toMatchObject({ simulatorUrl: null, adminToken: null })
  }, 60_000)
})

describe("a server that is told to stop", () => {
  it("finishes what it has begun, answers it, and ends with 0; and no log line has the toss user key", async () => {
    const canary = "canary-user-key-0815"
    const env = {
      DATABASE_URL: await database(),
      DATA_DIR: join(privateFolder(), "data"),
      PORT: "0",
      LOG_LEVEL: "Debug",
    }
    const server = run(["start"], env)
    const url = await server.ready
    const as = { "content-type": "application/json", "x-toss-user-key": canary }
    const call = async (path: string, body: unknown) =>
      (
        await fetch(`${url}${path}`, { method: "POST", headers: as, body: JSON.stringify(body) })
      ).json() as Promise<{
        payToken: string
      }>
    const { payToken } = await call("/api/payment/create", { amount: 5000 })
    const demo = (await (await fetch(`${url}/demo.json`)).json()) as { simulatorUrl: string }
    await post(demo.simulatorUrl, `/sheet/${payToken}`, { action: "approve" })
    await post(demo.simulatorUrl, "/simulator/faults", {
      call: "execute-payment",
      fault: "slow",
      delayMs: 1500,
    })
    const executing = call("/api/payment/execute", { payToken })
    // The claim is in the log before TossPay is called; once it is there, the call is on its way.
    await expect.poll(() => server.log(), { timeout: 10_000 }).toContain("ExecutionStarted")
    server.child.kill("SIGTERM")
    expect(await executing).toMatchObject({ ok: true, state: "settled" })
    const { code, out, err } = await server.ended
    expect(code).toBe(0)
    expect(err).toContain("orderId=test-")
    expect(out + err).not.toContain(canary)
  }, 60_000)
})

describe("a data folder", () => {
  it("that a running server has is in use, and that server goes on", async () => {
    const env = { DATABASE_URL: await database(), DATA_DIR: join(privateFolder(), "data"), PORT: "0" }
    const first = run(["start"], env)
    const url = await first.ready
    const second = await run(["start"], env).ended
    expect(second.code).toBe(3)
    expect(second.err).toContain(`in use by process ${first.child.pid}`)
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ok: true })
    expect(await post(url, "/api/payment/create", { amount: 500 })).toMatchObject({ state: "minted" })
  })
})
