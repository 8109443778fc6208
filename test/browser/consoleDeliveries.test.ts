/** What subscribers did not get, and what a person does about it, in a real browser. */

import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Alerts } from "../../server/alerts/alerts.ts"
import { query } from "../../server/database/postgres.ts"
import { usualTries } from "../../server/subscriptions/backOff.ts"
import { lines, tokens, tokensFile } from "../backOffice/people.ts"
import { violations } from "../support/axe.ts"
import { act, Browser } from "../support/browser.ts"
import { Database, shop } from "../support/server.ts"
import { admin, behaved, open, pay, signedIn, signIn, token } from "./auditConsole.ts"

/** A receiver that fails until somebody mends it. */
const receiver = { isMended: false, received: [] as Array<string> }

const listening = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = createServer((request, reply) => {
      if (receiver.isMended) receiver.received.push(String(request.headers["webhook-id"]))
      request.resume()
      reply.writeHead(receiver.isMended ? 204 : 500).end()
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }),
  (server) => Effect.sync(() => server.close()),
)

const office = Layer.unwrap(
  Effect.gen(function* () {
    const { port } = (yield* listening).address() as AddressInfo
    return shop({
      ADMIN_TOKEN: token,
      ADMIN_TOKENS_FILE: yield* tokensFile(lines.kim),
      WEBHOOK_URL: `http://127.0.0.1:${port}/`,
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString("base64")}`,
    })
  }),
)

/** Two days of tries go by at once: what waits has its last one now. */
const letterOf = (buyer: string) =>
  Effect.gen(function* () {
    const orderId = yield* pay(buyer)
    const ofOrder = Effect.map(admin(`/deliveries?subject=${orderId}`), ({ body }) => body.deliveries[0])
    yield* Effect.repeat(ofOrder, { until: (delivery) => delivery?.tries > 0 })
    const sql = yield* Database
    yield* query(
      () => sql`UPDATE delivery SET tries = ${usualTries - 1}, due_at = now() WHERE subject = ${orderId}`,
    )
    yield* Effect.repeat(ofOrder, { until: ({ state }) => state === "dead" })
    return orderId
  })

describe("dead letters in the console", () => {
  it.layer(Layer.merge(Layer.orDie(Browser.layer), Layer.orDie(office)), { excludeTestServices: true })(
    (it) => {
      it.effect("are seen by everybody, and delivered again by whoever may, with the id that they had", () =>
        Effect.gen(function* () {
          const orders = [yield* letterOf("one"), yield* letterOf("two"), yield* letterOf("three")]
          const alerts = yield* Alerts
          yield* alerts.raise({
            kind: "dead-letters",
            occurrence: "webhook since today",
            subject: "webhook",
            detail: "3 messages were not delivered.",
          })
          yield* Effect.forEach(Array.from({ length: 60 }), (_, nth) => {
            const old = { kind: "subscription-paused", occurrence: `${nth}` } as const
            return Effect.andThen(
              alerts.raise({ ...old, subject: `shop-${nth}`, detail: "" }),
              alerts.end(old.kind, old.occurrence),
            )
          })
          const kims = yield* open("deliveries", {
            colorScheme: "dark",
            viewport: { width: 390, height: 844 },
          })
          yield* signIn(kims, tokens.kim)
          yield* act(() => kims.page.getByRole("link", { name: orders[0] ?? "" }).waitFor())
          yield* act(() => kims.page.getByText("mend the receiver, and deliver again").waitFor())
          expect(yield* act(() => kims.page.getByRole("button", { name: /^Deliver/ }).count())).toBe(0)
          expect(yield* violations(kims.page)).toEqual([])

          const opened = yield* signedIn("deliveries", { colorScheme: "light" })
          const { page } = opened
          const again = (orderId = "") =>
            page.getByRole("button", { name: `Deliver again: settled ${orderId}` })
          yield* act(() => again(orders[0]).waitFor())
          expect(yield* violations(page)).toEqual([])
          receiver.isMended = true
          yield* act(() => again(orders[0]).focus())
          yield* act(() => page.keyboard.press("Enter"))
          yield* act(() => page.getByText("1 of 1 will be delivered again at once.").waitFor())
          yield* act(() => again(orders[0]).waitFor({ state: "detached" }))
          expect(yield* act(() => page.evaluate("document.activeElement.textContent"))).toContain("1 of 1")

          yield* act(() => page.getByRole("button", { name: "Deliver these again…" }).click())
          yield* act(() => page.getByRole("button", { name: "Deliver them" }).click())
          yield* act(() =>
            page.getByText("Every message reached its subscriber, or is on its way.").waitFor(),
          )
          for (const orderId of orders) {
            const { body } = yield* Effect.repeat(admin(`/deliveries?subject=${orderId}`), {
              until: ({ body }) => body.deliveries[0].state === "delivered",
            })
            expect(receiver.received).toContain(body.deliveries[0].messageId)
          }
          yield* behaved(opened)
        }),
      )
    },
  )
})
