/** The commands of `audit`, beside a server with orders. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { expect } from "vitest"
import { run } from "../support/cli.ts"
import { Shop } from "../support/server.ts"

/** Every command is a process that has to start, on a machine that others use too. */
export const patienceMs = 300_000

export const token = "the-back-office"

export const create = (as: string, body: object) =>
  Effect.gen(function* () {
    const { body: created } = yield* (yield* Shop).call("POST", "/api/payment/create", body, { as })
    return created as { readonly orderId: string; readonly payToken: string }
  })

export const pay = (as: string, body: object) =>
  Effect.gen(function* () {
    const { call, sheet } = yield* Shop
    const created = yield* create(as, body)
    yield* sheet(created.payToken, "approve")
    yield* call("POST", "/api/payment/execute", { payToken: created.payToken }, { as })
    return created
  })

export const audit = (...words: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) => run(env, "audit", ...words))

export const json = (...words: ReadonlyArray<string>) =>
  Effect.map(audit(...words, "--json"), ({ code, out, err }) => {
    expect({ code, err }).toEqual({ code: 0, err: "" })
    return JSON.parse(out)
  })

export const feed = Effect.gen(function* () {
  const { call } = yield* Shop
  const headers = { authorization: `Bearer ${token}` }
  while (true) {
    const { body } = yield* call("GET", "/admin/api/events?limit=1000", undefined, { headers })
    if (!body.isHeldBack) return body.events as ReadonlyArray<Record<string, unknown>>
  }
})

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-audit-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)
