/** The mini-app on an origin of its own, as mini-apps are, and a shop that lets it in. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { Context, Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { build } from "vite"
import type { CheckoutEvent } from "../../../client/index.ts"
import { act, Browser } from "../../support/browser.ts"
import { Shop, shop, TossPaySimulator } from "../../support/server.ts"
import { type HostAnswer, type PlaySheet, playHost, yes } from "./host.ts"

/** What a test may say to the app, in its address. */
export interface Settings {
  readonly baseUrl: string
  /** Empty: nobody is signed in. */
  readonly buyer: string
  readonly language?: "ko" | "en"
  readonly sheetPatienceMs?: number
  readonly storage?: "sdk"
  /** Two of what; absent: coffee. */
  readonly sku?: string
  /** What the app takes it to cost, in won; absent: what the coffee costs. */
  readonly amount?: number
  /** The buttons there are, by their keys; absent: one. Another key is a button that is mounted anew. */
  readonly buttons?: ReadonlyArray<string>
}

export class MiniApp extends Context.Service<
  MiniApp,
  {
    readonly origin: string
    /** From now on the page comes with this in its root, as a server would have rendered it. */
    readonly render: (html: string) => void
  }
>()("test/MiniApp") {
  static readonly layer = Layer.effect(
    MiniApp,
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-mini-app-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
      )
      yield* Effect.promise(() =>
        build({
          configFile: false,
          root: fileURLToPath(new URL(".", import.meta.url)),
          logLevel: "silent",
          plugins: [react()],
          build: { outDir: folder, emptyOutDir: true },
        }),
      )
      let rendered = ""
      const server = createServer((request, reply) => {
        const isPage = request.url === "/"
        const body = readFileSync(join(folder, isPage ? "index.html" : (request.url ?? "")))
        reply.setHeader("content-type", isPage ? "text/html; charset=utf-8" : "text/javascript")
        reply.end(isPage ? body.toString().replace('id="root">', `id="root">${rendered}`) : body)
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () =>
          Effect.promise(() => {
            server.closeAllConnections()
            return new Promise((resolve) => server.close(resolve))
          }),
      )
      return MiniApp.of({
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        render: (html) => {
          rendered = html
        },
      })
    }),
  )
}

/** Everything: the mini-app, a real browser, a shop that allows the mini-app's origin, and TossPay simulated. */
export const world = Layer.unwrap(
  Effect.map(MiniApp, ({ origin }) =>
    shop({
      ALLOWED_ORIGINS: origin,
      TOSSPAY_TIMEOUT_MS: "500",
      MISMATCH_POLICY: "hold",
      ADMIN_TOKEN: "back-office",
    }),
  ),
).pipe(Layer.provideMerge(MiniApp.layer), Layer.merge(Layer.orDie(Browser.layer)))

let buyers = 0

interface Opening extends Partial<Settings> {
  /** Absent: a plain browser, without the Toss app around it. */
  readonly sheet?: PlaySheet
  readonly colorScheme?: "light" | "dark"
}

/** A new buyer's phone, with the mini-app open. */
export const open = ({ sheet, colorScheme = "light", ...over }: Opening) =>
  Effect.gen(function* () {
    const { origin } = yield* MiniApp
    const { url } = yield* Shop
    const page = yield* (yield* Browser).page({ colorScheme })
    // So that what does not come is named before the test itself ends.
    page.setDefaultTimeout(15_000)
    const complaints: Array<string> = []
    const sent: Array<string> = []
    const watch = (page: Page) => {
      page.on("pageerror", (error) => complaints.push(error.message))
      page.on("console", (line) => line.type() === "error" && complaints.push(line.text()))
      page.on(
        "request",
        (request) => request.method() !== "OPTIONS" && sent.push(new URL(request.url()).pathname),
      )
    }
    watch(page)
    if (sheet !== undefined) yield* act(() => playHost(page.context(), sheet))
    buyers += 1
    const settings: Settings = { baseUrl: url, buyer: `buyer-${buyers}`, ...over }
    const address = `${origin}/#${encodeURIComponent(JSON.stringify(settings))}`
    yield* act(() => page.goto(address))
    return {
      page,
      complaints,
      /** The paths of what was requested. */
      sent,
      settings,
      another: act(async () => {
        const next = await page.context().newPage()
        watch(next)
        await next.goto(address)
        return next
      }),
    }
  })

export const button = (page: Page) => page.getByRole("button")
export const status = (page: Page) => page.getByRole("status")

export const says = (page: Page, text: string | RegExp) =>
  act(() => status(page).filter({ hasText: text }).waitFor())

export const eventsOf = (page: Page) =>
  act(() => page.evaluate(() => (window as unknown as { events: ReadonlyArray<CheckoutEvent> }).events))

/** The app renders again, with other settings. */
export const show = (page: Page, changes: Partial<Settings>) =>
  act(() =>
    page.evaluate(
      (changes) => (window as unknown as { show(changes: Partial<Settings>): void }).show(changes),
      changes,
    ),
  )

/** What the bank has charged this buyer, in all. */
export const chargesOf = ({ buyer }: Settings) =>
  Effect.gen(function* () {
    const { call } = yield* Shop
    const { body } = yield* call("GET", "/api/payment/orders", undefined, { as: buyer })
    const own = new Set(body.orders.map(({ orderId }: { readonly orderId: string }) => orderId))
    const ledger = yield* (yield* TossPaySimulator).ledger
    return ledger.filter(({ orderNo, kind }) => own.has(orderNo) && kind === "charge").length
  })

/** What the buyer does at the bank before the host answers. */
export const buyerAt = Effect.map(Shop, ({ sheet }) => {
  const tokenOf = (args: unknown) => (args as [{ params: { payToken: string } }])[0].params.payToken
  const approves = (args: unknown) => Effect.runPromise(sheet(tokenOf(args), "approve"))
  const answering =
    (...answers: ReadonlyArray<HostAnswer>): PlaySheet =>
    async (args) => {
      await approves(args)
      return answers
    }
  return { approves, answering, pays: answering(yes) }
})

/** A sheet that stays open. */
export const silent: PlaySheet = () => new Promise(() => {})

/** The theme that the guide prints. */
export const theme =
  /```css[^\n]*\n([\s\S]*?)```/.exec(
    readFileSync(new URL("../../../docs/webview.md", import.meta.url), "utf8"),
  )?.[1] ?? ""
