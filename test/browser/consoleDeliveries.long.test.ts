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
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
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

const deliveryOf = (orderId: string) =>
  Effect.map(admin(`/deliveries?subject=${orderId}`), ({ body }) => body.deliveries[0])

/** An order that the receiver did not take, at its third try; the next is far away. */
const failingOf = (buyer: string) =>
  Effect.gen(function* () {
    const orderId = yield* pay(buyer)
    yield* Effect.repeat(deliveryOf(orderId), { until: (delivery) => typeof delivery?.error === "string" })
    const sql = yield* Database
    yield* query(
      () => sql`
        UPDATE delivery SET tries = 3, due_at = '2100-01-01T12:00:00Z' WHERE subject = ${orderId}`,
    )
    return orderId
  })

/** Two days of tries go by at once: what waits has its last one now. */
const letterOf = (buyer: string) =>
  Effect.gen(function* () {
    const orderId = yield* pay(buyer)
    const ofOrder = deliveryOf(orderId)
    yield* Effect.repeat(ofOrder, { until: (delivery) => delivery?.tries > 0 })
    const sql = yield* Database
    yield* query(
      () => sql`UPDATE delivery SET tries = ${usualTries - 1}, due_at = now() WHERE subject = ${orderId}`,
    )
    yield* Effect.repeat(ofOrder, { until: ({ state }) => state === "dead" })
    return orderId
  })

describe("what did not arrive, in the console", () => {
  it.layer(Layer.merge(Layer.orDie(Browser.layer), Layer.orDie(office)), { excludeTestServices: true })(
    (it) => {
      it.effect(
        "are seen by everybody, and delivered once more by whoever may, with the id that they had",
        () =>
          Effect.gen(function* () {
            const orders = [yield* letterOf("one"), yield* letterOf("two"), yield* letterOf("three")]
            const failing = yield* failingOf("four")
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
            yield* act(() => kims.page.getByText("mend the receiver, and have them delivered").waitFor())
            expect(
              yield* act(() => kims.page.getByRole("button", { name: /^(Deliver|Resume)/ }).count()),
            ).toBe(0)
            expect(yield* violations(kims.page)).toEqual([])

            const opened = yield* signedIn("deliveries", { colorScheme: "light" })
            const { page } = opened
            const now = (orderId = "") =>
              page.getByRole("button", { name: `Deliver now: settled ${orderId}` })
            const letter = page
              .getByRole("region", { name: "Failed so far" })
              .getByRole("listitem")
              .filter({ hasText: failing })
            yield* act(() => letter.getByText("tried 3 times, next").waitFor())
            yield* act(() => letter.getByText("the receiver answered 500").waitFor())
            yield* act(() => now(orders[0]).waitFor())
            expect(yield* violations(page)).toEqual([])
            receiver.isMended = true
            for (const orderId of [orders[0], failing]) {
              const said = `settled ${orderId} is delivered now.`
              yield* act(() => now(orderId).focus())
              yield* act(() => page.keyboard.press("Enter"))
              yield* act(() => page.getByText(said).waitFor())
              yield* act(() => now(orderId).waitFor({ state: "detached" }))
              expect(yield* act(() => page.evaluate("document.activeElement.textContent"))).toBe(said)
            }

            yield* act(() => page.getByRole("button", { name: "Deliver 2 dead… to webhook" }).click())
            expect(yield* violations(page)).toEqual([])
            yield* act(() => page.getByRole("button", { name: "Deliver them" }).click())
            yield* act(() => page.getByText("2 dead letters are delivered to webhook now.").waitFor())
            yield* act(() => page.getByText("No message was given up.").waitFor())
            for (const orderId of [...orders, failing]) {
              const delivery = yield* Effect.repeat(deliveryOf(orderId), {
                until: ({ state }) => state === "delivered",
              })
              expect(receiver.received).toContain(delivery.messageId)
            }
            yield* behaved(opened)
          }),
      )

      it.effect("a difference that is meant to stay is closed with a name and a reason, by whoever may", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const subject = yield* pay("five")
          yield* alerts.raise({
            kind: "books-differ",
            occurrence: subject,
            subject,
            detail: "A part went back.",
          })
          const kims = yield* open("deliveries")
          yield* signIn(kims, tokens.kim)
          yield* act(() => kims.page.getByText("A part went back.").waitFor())
          expect(yield* act(() => kims.page.getByRole("button", { name: "Close…" }).count())).toBe(0)

          const opened = yield* signedIn("deliveries")
          const { page } = opened
          yield* act(() => page.getByRole("button", { name: "Close…" }).click())
          const dialog = page.getByRole("dialog")
          yield* act(() => dialog.getByLabel("Reason").fill("The cake was eaten, the coffee was not"))
          yield* act(() => dialog.getByLabel("Your name").fill("Kim"))
          expect(yield* violations(page)).toEqual([])
          yield* act(() => dialog.getByRole("button", { name: "Close it" }).click())
          yield* act(() => page.getByText(`The alert about ${subject} is closed.`).waitFor())
          yield* act(() => page.getByText("A part went back.").waitFor({ state: "detached" }))
          const [closed] = (yield* alerts.latest(200)).filter(({ kind }) => kind === "books-differ")
          expect(closed).toMatchObject({
            closedBy: "Kim",
            closedWhy: "The cake was eaten, the coffee was not",
          })
          yield* behaved(opened)
        }),
      )

      it.effect(
        "a paused subscription goes on, and what came of an order is seen when it cannot be read again",
        () =>
          Effect.gen(function* () {
            const deliveries = yield* Deliveries
            yield* deliveries.pause("webhook", "the receiver answered 410")
            const { page } = yield* signedIn("deliveries")
            yield* act(() => page.getByText("paused since").waitFor())
            yield* act(() => page.route("**/deliveries?state=dead*", (route) => route.abort()))
            yield* act(() => page.getByRole("button", { name: "Resume webhook" }).click())
            yield* act(() => page.getByText("The server cannot be reached.").waitFor())
            yield* act(() => page.getByText("webhook takes messages again.").waitFor())
            yield* act(() => page.unrouteAll())
            yield* act(() => page.getByRole("button", { name: "Try again" }).click())
            yield* act(() => page.getByText("paused since").waitFor({ state: "detached" }))
            yield* act(() => page.getByText("The server cannot be reached.").waitFor({ state: "detached" }))
            yield* act(() => page.getByText("webhook takes messages again.").waitFor())
            expect((yield* deliveries.status).every(({ pausedAt }) => pausedAt === null)).toBe(true)
          }),
      )
    },
  )
})
