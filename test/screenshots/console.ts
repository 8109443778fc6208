/** The console's pages, before a week of checkouts, and a webhook whose receiver does not take every message. */

import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Layer, Schedule } from "effect"
import { HttpServer } from "effect/http"
import type { BrowserContextOptions, Page } from "playwright-core"
import { look } from "../../server/alerts/watch.ts"
import { Database, query } from "../../server/database/postgres.ts"
import { usualTries } from "../../server/subscriptions/backOff.ts"
import { productWith } from "../seed/product.ts"
import { seedCheckouts } from "../seed/seedCheckouts.ts"
import { act, Browser } from "../support/browser.ts"
import { keep, still } from "./picture.ts"

const token = "the-back-office-of-the-pictures"
const weekMs = 7 * 86_400_000

/** One of a hundred and twenty-eight messages is never taken, however often it comes. */
const isUnwanted = (messageId: unknown): boolean => /[08]0_\d+_/.test(String(messageId))

const receiver = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = createServer((request, reply) => {
      request.resume()
      reply.writeHead(isUnwanted(request.headers["webhook-id"]) ? 500 : 204).end()
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }),
  (server) => Effect.sync(() => server.close()),
)

const office = Layer.unwrap(
  Effect.map(receiver, (server) =>
    productWith({
      ADMIN_TOKEN: token,
      LOG_LEVEL: "None",
      WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString("base64")}`,
    }),
  ),
)

/** Two days of tries go by at once, until some messages are given up. */
const giveUp = Effect.gen(function* () {
  const sql = yield* Database
  yield* query(
    () => sql`
      UPDATE delivery SET tries = ${usualTries - 1}, due_at = now()
       WHERE state = 'waiting' AND tries BETWEEN 1 AND ${usualTries - 2}`,
  )
  const dead = yield* query(() => sql`SELECT FROM delivery WHERE state = 'dead'`)
  return dead.length
}).pipe(Effect.repeat({ until: (dead) => dead >= 5, schedule: Schedule.spaced(200) }), Effect.andThen(look))

/** The newest of a state whose history has this fact. */
const checkoutWith = (state: string, fact: string) =>
  Effect.gen(function* () {
    const sql = yield* Database
    const [found] = yield* query(
      () => sql<Array<{ orderId: string }>>`
        SELECT order_id AS "orderId" FROM checkout c WHERE state = ${state} AND version < 12
           AND EXISTS (SELECT FROM checkout_event e WHERE e.checkout_id = c.checkout_id AND type = ${fact})
         ORDER BY checkout_id DESC LIMIT 1`,
    )
    if (found === undefined) throw new Error(`no checkout is ${state} after ${fact}; seed more of them`)
    return found.orderId
  })

const desktop = {
  ...still,
  viewport: { width: 1280, height: 900 },
  deviceScaleFactor: 0.75,
  timezoneId: "Asia/Seoul",
}

export const consolePictures = Effect.gen(function* () {
  yield* seedCheckouts({ checkouts: 2_000, spanMs: weekMs, seed: 1 })
  yield* giveUp
  const browser = yield* Browser
  const { address } = yield* HttpServer.HttpServer
  const base = `${HttpServer.formatAddress(address)}/audit/`

  const picture = (
    name: string,
    path: string,
    isThere: (page: Page) => Promise<unknown>,
    options: BrowserContextOptions = {},
  ) =>
    Effect.gen(function* () {
      const page = yield* browser.page({ ...desktop, ...options })
      yield* act(async () => {
        await page.goto(`${base}${path}`)
        await page.getByLabel("Token").fill(token)
        await page.getByRole("button", { name: "Sign in" }).click()
        await page.getByText("Log intact").waitFor()
        await isThere(page)
        await page.mouse.move(0, 0)
        await keep(page, name)
      })
    }).pipe(Effect.scoped)

  const chart = (page: Page) => page.locator(".finer-node.here").waitFor()
  const mismatched = yield* checkoutWith("mismatched", "PaymentExecuted")
  const foundOut = yield* checkoutWith("settled", "OutcomeUnknown")
  yield* picture("console-dashboard", "?period=7d", (page) =>
    page.locator(".recharts-bar-rectangle").first().waitFor(),
  )
  yield* picture("console-search", "checkouts?min=10000", (page) =>
    page.locator(".results tbody tr").nth(20).waitFor(),
  )
  yield* picture("console-checkout", `checkouts/${mismatched}`, chart)
  yield* picture("console-checkout-dark", `checkouts/${foundOut}`, chart, { colorScheme: "dark" })
  yield* picture("console-deliveries", "deliveries", async (page) => {
    await page
      .getByRole("button", { name: /^Deliver now/ })
      .first()
      .waitFor()
    await page
      .locator("#subscriptions")
      .evaluate((heading: { scrollIntoView(): void }) => heading.scrollIntoView())
  })
  const meanwhile = yield* Effect.context<Effect.Services<ReturnType<typeof seedCheckouts>>>()
  yield* picture("console-live", "live", async (page) => {
    await page.getByText("Listening").waitFor()
    await Effect.runPromiseWith(meanwhile)(seedCheckouts({ checkouts: 6, spanMs: 60_000, seed: 2 }))
    await page.locator(".feed li").nth(20).waitFor()
  })
}).pipe(Effect.provide(office))
