/** The machine as inspectors see it, by the inspector package's own receivers, in real browser windows. */

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, it } from "@effect/vitest"
import { createInspectorServer } from "@statelyai/inspect/server"
import { Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { act, Browser } from "../support/browser.ts"
import { shop } from "../support/server.ts"
import { onSheet, open, receipt, toSheet } from "./buyer.ts"
import { asStately, receiverPage } from "./receiverPage.ts"

const both = Layer.merge(Layer.orDie(Browser.layer), shop())

/** Serves it on this machine, from where a browser lets it open a WebSocket to this machine. */
const onThisMachine = Effect.flatMap(receiverPage, (body) =>
  Effect.map(
    Effect.acquireRelease(
      act(() =>
        listening(createServer((_, reply) => reply.setHeader("content-type", "text/html").end(body))),
      ),
      (server) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        }),
    ),
    (server) => `http://localhost:${portOf(server)}/`,
  ),
)

const listening = (server: Server) =>
  new Promise<Server>((resolve) => {
    server.listen(0, () => resolve(server))
  })

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** One that was free a moment ago: the inspector's own server does not say which it took. */
const freePort = act(async () => {
  const probe = await listening(createServer())
  const port = portOf(probe)
  await new Promise((closed) => probe.close(closed))
  return port
})

interface Received {
  readonly type: string
  readonly name?: string
  readonly definition?: string
  readonly event?: { readonly type: string }
  readonly snapshot?: { readonly value: unknown; readonly context: unknown }
}

const receivedBy = (page: Page) =>
  page.evaluate(() => (window as unknown as { received: ReadonlyArray<Received> }).received)

/** Waits until the receiver has seen the payment end, and gives everything that it saw. */
const allOf = (receiver: Page) =>
  act(async () => {
    const lastValue = async () =>
      (await receivedBy(receiver)).findLast(({ type }) => type === "@xstate.snapshot")?.snapshot?.value
    await expect.poll(lastValue, { timeout: 20_000 }).toEqual({ settled: "paid" })
    return receivedBy(receiver)
  })

/** Pays, and gives the payToken that was paid with. */
const pay = (page: Page) =>
  Effect.gen(function* () {
    const executed = page.waitForRequest("**/api/payment/execute")
    yield* toSheet(page)
    yield* onSheet(page, "pay")
    yield* act(() => receipt(page).waitFor())
    return ((yield* act(() => executed)).postDataJSON() as { payToken: string }).payToken
  })

const tellsTheWay = (received: ReadonlyArray<Received>, payToken: string) => {
  expect(received.find(({ type }) => type === "@xstate.actor")).toMatchObject({ name: "checkout" })
  expect(JSON.parse(received.find(({ definition }) => definition !== undefined)?.definition ?? "{}").id).toBe(
    "checkout",
  )
  const values = received.flatMap(({ type, snapshot }) =>
    type === "@xstate.snapshot" ? [snapshot?.value] : [],
  )
  for (const value of [
    { minted: "ready" },
    { authenticating: "sheet" },
    { authenticated: "claimed" },
    { executing: "calling" },
    { settled: "paid" },
  ])
    expect(values).toContainEqual(value)
  expect(received.map(({ event }) => event?.type)).toContain("AuthenticationSucceeded")
  const all = JSON.stringify(received)
  for (const secret of [payToken, "demo-user"]) expect(all).not.toContain(secret)
}

describe("an inspector sees every move of the machine and no secret", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect("in the window of the Stately inspector", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        yield* asStately(page)
        const popup = page.waitForEvent("popup")
        yield* act(() => page.getByText("Show it in the Stately inspector").click())
        yield* act(() => page.getByRole("button", { name: "Open in a window" }).click())
        const receiver = yield* act(() => popup)
        expect(receiver.url()).toBe("https://stately.ai/inspect")
        const payToken = yield* pay(page)
        tellsTheWay(yield* allOf(receiver), payToken)
      }),
    )

    it.effect("in a window that is opened after the payment", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        yield* asStately(page)
        const payToken = yield* pay(page)
        const popup = page.waitForEvent("popup")
        yield* act(() => page.getByText("Show it in the Stately inspector").click())
        yield* act(() => page.getByRole("button", { name: "Open in a window" }).click())
        tellsTheWay(yield* allOf(yield* act(() => popup)), payToken)
      }),
    )

    it.effect("through a WebSocket", () =>
      Effect.gen(function* () {
        const port = yield* freePort
        yield* Effect.acquireRelease(
          Effect.sync(() => createInspectorServer({ port, autoOpen: false })),
          (server) => Effect.sync(() => server.stop()),
        )
        const { page } = yield* open("/")
        const receiver = yield* act(() => page.context().newPage())
        const server = `ws://localhost:${port}`
        const address = yield* onThisMachine
        yield* act(() => receiver.goto(`${address}?server=${encodeURIComponent(server)}`))
        yield* act(() => page.getByText("Show it in the Stately inspector").click())
        yield* act(() => page.getByRole("textbox", { name: "WebSocket" }).fill(server))
        yield* act(() => page.getByRole("button", { name: "Connect" }).click())
        const payToken = yield* pay(page)
        tellsTheWay(yield* allOf(receiver), payToken)
      }),
    )

    it.effect("in the panel on the page itself, which needs no internet", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const payToken = yield* pay(page)
        const panel = page.getByRole("region", { name: "Machine" })
        yield* act(() => panel.getByRole("img", { name: "The machine, now in settled.paid" }).waitFor())
        const way = yield* act(() => panel.getByRole("listitem").allInnerTexts())
        expect(way.map((step) => step.replaceAll(/\s+/g, " ").trim())).toEqual([
          "server minted.ready",
          "AuthenticationStarted authenticating.sheet",
          "AuthenticationSucceeded authenticated.claimed",
          "ExecutionStarted executing.calling",
          "server settled.paid",
        ])
        const log = page.getByRole("region", { name: "Server log" })
        yield* act(() => log.getByText("PaymentExecuted").waitFor())
        yield* act(() => log.getByText("charged once, ₩4,500").waitFor())
        const shown = yield* act(() => page.locator("body").innerHTML())
        for (const secret of [payToken, "demo-user"]) expect(shown).not.toContain(secret)
      }),
    )
  })
})
