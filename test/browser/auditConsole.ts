/** The audit console in a browser, before a database full of checkouts with a past. */

import { Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { expect, inject } from "vitest"
import { seedCheckouts, withoutRecovery } from "../seed/seedCheckouts.ts"
import { act, Browser } from "../support/browser.ts"
import { Shop, shop } from "../support/server.ts"

export const token = "the-back-office-7"

/** `SEED_CHECKOUTS=100000` for the full one; the figures are printed either way. */
export const checkouts = Number(process.env["SEED_CHECKOUTS"] ?? "300")

const seeded = Layer.unwrap(
  Effect.sync(() =>
    Layer.provideMerge(
      Layer.effectDiscard(
        Effect.orDie(seedCheckouts({ checkouts, spanMs: 7 * 86_400_000, seed: inject("seed") })),
      ),
      shop({ ADMIN_TOKEN: token, ...withoutRecovery }),
    ),
  ),
)

export const both = Layer.merge(Layer.orDie(Browser.layer), seeded)

interface Opened {
  readonly page: Page
  /** Everything that the page asked for. */
  readonly asked: ReadonlyArray<string>
  readonly complaints: ReadonlyArray<string>
}

export const open = (path: string, options: Parameters<Browser["Service"]["page"]>[0] = {}) =>
  Effect.gen(function* () {
    const { url } = yield* Shop
    const page = yield* (yield* Browser).page(options)
    const asked: Array<string> = []
    const complaints: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    yield* act(() => page.goto(`${url}/audit/${path}`))
    return { page, asked, complaints } satisfies Opened
  })

export const signIn = ({ page }: Opened, as = token) =>
  act(async () => {
    await page.getByLabel("Token").fill(as)
    await page.getByRole("button", { name: "Sign in" }).click()
  })

export const signedIn = (path: string, options?: Parameters<Browser["Service"]["page"]>[0]) =>
  Effect.tap(open(path, options), (opened) => signIn(opened))

/** Nothing left the origin, the token was in no address, and the page had nothing to complain of. */
export const behaved = ({ page, asked, complaints }: Opened) =>
  Effect.gen(function* () {
    const { url } = yield* Shop
    for (const address of [...asked, page.url()]) {
      expect(new URL(address).origin).toBe(url)
      expect(address).not.toContain(token)
    }
    expect(complaints).toEqual([])
  })

export const rows = (page: Page) => page.locator(".results tbody tr")

export const pay = (as: string, amount = 9_000) =>
  Effect.gen(function* () {
    const shop = yield* Shop
    const { body } = yield* shop.call("POST", "/api/payment/create", { amount }, { as })
    yield* shop.sheet(body.payToken, "approve")
    yield* shop.call("POST", "/api/payment/execute", { payToken: body.payToken }, { as })
    return body.orderId as string
  })

/** What the back office's API says, for a test to compare with. */
export const admin = (path: string) =>
  Effect.flatMap(Shop, (shop) =>
    shop.call("GET", `/admin/api${path}`, undefined, { headers: { authorization: `Bearer ${token}` } }),
  )
