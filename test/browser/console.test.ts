import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { expect, inject } from "vitest"
import { seedCheckouts } from "../seed/seedCheckouts.ts"
import { Browser } from "../support/browser.ts"
import { Shop, shop } from "../support/server.ts"

const token = "the-back-office-7"

/** `SEED_CHECKOUTS=100000` for the full one; the figures are printed either way. */
const checkouts = Number(process.env["SEED_CHECKOUTS"] ?? "300")

const seeded = Layer.unwrap(
  Effect.sync(() =>
    Layer.provideMerge(
      Layer.effectDiscard(
        Effect.orDie(seedCheckouts({ checkouts, spanMs: 7 * 86_400_000, seed: inject("seed") })),
      ),
      shop({ ADMIN_TOKEN: token }),
    ),
  ),
)

const both = Layer.merge(Layer.orDie(Browser.layer), seeded)

const act = <A>(run: () => Promise<A>) => Effect.promise(run)

interface Opened {
  readonly page: Page
  /** Everything that the page asked for. */
  readonly asked: ReadonlyArray<string>
  readonly complaints: ReadonlyArray<string>
}

const open = (path: string, options: Parameters<Browser["Service"]["page"]>[0] = {}) =>
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

const signIn = ({ page }: Opened, as = token) =>
  act(async () => {
    await page.getByLabel("Token").fill(as)
    await page.getByRole("button", { name: "Sign in" }).click()
  })

const signedIn = (path: string, options?: Parameters<Browser["Service"]["page"]>[0]) =>
  Effect.tap(open(path, options), (opened) => signIn(opened))

/** Nothing left the origin, the token was in no address, and the page had nothing to complain of. */
const behaved = ({ page, asked, complaints }: Opened) =>
  Effect.gen(function* () {
    const { url } = yield* Shop
    for (const address of [...asked, page.url()]) {
      expect(new URL(address).origin).toBe(url)
      expect(address).not.toContain(token)
    }
    expect(complaints).toEqual([])
  })

const rows = (page: Page) => page.locator(".results tbody tr")

const pay = (as: string, amount = 9_000) =>
  Effect.gen(function* () {
    const shop = yield* Shop
    const { body } = yield* shop.call("POST", "/api/payment/create", { amount }, { as })
    yield* shop.sheet(body.payToken, "approve")
    yield* shop.call("POST", "/api/payment/execute", { payToken: body.payToken }, { as })
    return body.orderId as string
  })

describe("the audit console in a real browser", () => {
  it.layer(both, { excludeTestServices: true, timeout: 7_200_000 })((it) => {
    it.effect("a wrong token opens nothing, and the right one is forgotten when its holder signs out", () =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const opened = yield* open("checkouts")
        const { page } = opened
        yield* signIn(opened, "something-else")
        yield* act(() => page.getByText("This is not the token of this server.").waitFor())
        yield* signIn(opened)
        yield* act(() => rows(page).first().waitFor())
        yield* act(() => page.reload())
        yield* act(() => rows(page).first().waitFor())
        yield* act(() => page.getByRole("button", { name: "Sign out" }).click())
        yield* act(() => page.getByLabel("Token").waitFor())
        expect(
          yield* act(() => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))),
        ).toBe("[{},{}]")
        expect(yield* act(() => page.context().cookies())).toEqual([])
        for (const address of opened.asked) expect(address.startsWith(`${url}/`)).toBe(true)
      }),
    )

    it.effect(
      "search, open, travel: the filters are in the address, Back undoes them, and the past is as it was",
      () =>
        Effect.gen(function* () {
          const orderId = yield* pay("searched-for")
          const opened = yield* signedIn("checkouts")
          const { page } = opened
          yield* act(() => page.getByLabel("Find").fill("searched-for"))
          yield* act(() => page.keyboard.press("Enter"))
          yield* act(() => page.waitForURL(/q=searched-for/))
          yield* act(() => page.getByRole("link", { name: orderId }).waitFor())
          expect(yield* act(() => rows(page).count())).toBe(1)
          yield* act(() => page.getByLabel("State").selectOption("failed"))
          yield* act(() => page.getByText("No checkout fits.").waitFor())
          yield* act(() => page.goBack())
          yield* act(() => page.getByRole("link", { name: orderId }).click())

          const slider = page.getByRole("slider", { name: "Step" })
          yield* act(() => slider.waitFor())
          const last = Number(yield* act(() => slider.getAttribute("max")))
          expect(last).toBeGreaterThanOrEqual(5)
          const then = page.getByRole("region", { name: "The order at this step" })
          expect(yield* act(() => then.innerText())).toMatch(/settled\s+paid/)
          expect(yield* act(() => page.locator(".finer-node.here").innerText())).toBe("paid")
          expect(yield* act(() => page.locator(".move.taken").count())).toBe(4)

          yield* act(() => slider.focus())
          yield* act(() => page.keyboard.press("Home"))
          yield* act(() => page.keyboard.press("ArrowRight"))
          yield* act(() => page.waitForURL(/step=2/))
          expect(yield* act(() => page.locator(".finer-node.here").innerText())).toBe("ready")
          expect(yield* act(() => then.innerText())).toContain("TokenExpired after 15 min")
          expect(yield* act(() => slider.getAttribute("aria-valuetext"))).toContain(
            `step 2 of ${last}: TokenMinted`,
          )
          yield* act(() => page.keyboard.press("End"))
          const evidence = page.locator(".step[aria-current] .checks tbody tr")
          expect(yield* act(() => evidence.count())).toBe(5)
          expect(yield* act(() => evidence.first().innerText())).toMatch(/amount\s+₩9,000\s+₩9,000\s+yes/)
          yield* behaved(opened)
        }),
    )

    it.effect("a checkout that is mismatched shows both sides of what differs", () =>
      Effect.gen(function* () {
        const { body } = yield* (yield* Shop).call(
          "GET",
          "/admin/api/checkouts?state=mismatched&limit=1",
          undefined,
          {
            headers: { authorization: `Bearer ${token}` },
          },
        )
        const { page } = yield* signedIn(`checkouts/${body.checkouts[0].orderId}`)
        yield* act(() => page.getByText("differs from the order").first().click())
        expect(yield* act(() => page.locator(".checks tr.bad").count())).toBeGreaterThan(0)
      }),
    )

    it.effect("pages go on where the one before ended, and Back leads back", () =>
      Effect.gen(function* () {
        const opened = yield* signedIn("checkouts")
        const { page } = opened
        yield* act(() => rows(page).first().waitFor())
        const first = yield* act(() => page.locator(".order a").allInnerTexts())
        yield* act(() => page.getByRole("link", { name: "Older" }).click())
        yield* act(() => page.getByRole("link", { name: "Newest" }).waitFor())
        yield* act(() => page.locator("[aria-busy=false] .results").waitFor())
        const second = yield* act(() => page.locator(".order a").allInnerTexts())
        expect(first).toHaveLength(50)
        expect(second.filter((orderId) => first.includes(orderId))).toEqual([])
        expect((first.at(-1) ?? "") > (second[0] ?? "")).toBe(true)
        yield* act(() => page.goBack())
        yield* act(() => page.getByRole("link", { name: first[0] ?? "" }).waitFor())
        yield* behaved(opened)
      }),
    )

    it.effect(
      "the live feed shows a payment that is made meanwhile, waits while paused, and loses nothing",
      () =>
        Effect.gen(function* () {
          const opened = yield* signedIn("live")
          const { page } = opened
          yield* act(() => page.getByText("Listening").waitFor())
          const orderId = yield* pay("live-1")
          const lines = (of: string) => page.locator(".feed li").filter({ hasText: of })
          yield* act(() => lines(orderId).filter({ hasText: "settled" }).waitFor())
          yield* act(() => page.getByRole("button", { name: "Pause" }).click())
          const later = yield* pay("live-2")
          const goOn = page.getByRole("button", { name: /Go on \(\d+ new\)/ })
          yield* act(() => goOn.waitFor())
          expect(yield* act(() => lines(later).count())).toBe(0)
          yield* act(() => goOn.click())
          yield* act(() => lines(later).filter({ hasText: "settled" }).waitFor())
          yield* act(() => page.getByLabel("Fact or order").fill(later))
          yield* act(() => lines(orderId).first().waitFor({ state: "detached" }))
          expect(yield* act(() => lines(later).count())).toBeGreaterThanOrEqual(4)
          yield* behaved(opened)
        }),
    )

    it.effect.each([
      ["light", 1280],
      ["dark", 390],
    ] as const)("has nothing for axe to complain of (%s, %i pixels wide)", ([colorScheme, width]) =>
      Effect.gen(function* () {
        const opened = yield* open("checkouts", { colorScheme, viewport: { width, height: 900 } })
        const { page } = opened
        expect(yield* violations(page)).toEqual([])
        yield* signIn(opened)
        yield* act(() => rows(page).first().waitFor())
        expect(yield* violations(page)).toEqual([])
        yield* act(() => page.locator(".order a").first().click())
        yield* act(() => page.locator(".finer-node.here").waitFor())
        expect(yield* violations(page)).toEqual([])
        yield* act(() => page.getByRole("link", { name: "Live" }).click())
        yield* act(() => page.getByText("Listening").waitFor())
        yield* pay("axe")
        yield* act(() => page.locator(".feed li").first().waitFor())
        expect(yield* violations(page)).toEqual([])
        expect(yield* act(() => page.evaluate("document.documentElement.scrollWidth"))).toBe(width)
        yield* behaved(opened)
      }),
    )
  })
})

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** Evaluated from outside, because the page itself lets no foreign script in. */
const violations = (page: Page) =>
  act(async () => {
    await page.evaluate(axe)
    // biome-ignore lint/suspicious/noExplicitAny: axe is known to the page alone
    const { violations } = await page.evaluate(() => (globalThis as any).axe.run())
    return violations.map((found: { id: string; nodes: ReadonlyArray<{ html: string }> }) => [
      found.id,
      found.nodes.map(({ html }) => html),
    ])
  })
