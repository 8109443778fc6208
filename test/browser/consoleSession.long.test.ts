/** Signing in to the audit console, in a real browser. */

import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { lines, tokens, tokensFile, withCookie } from "../backOffice/people.ts"
import { act, Browser } from "../support/browser.ts"
import { Shop, shop } from "../support/server.ts"
import { open, pay, rows, signIn, token } from "./auditConsole.ts"

const office = Layer.unwrap(
  Effect.map(tokensFile(lines.kim, lines.lee), (file) =>
    shop({ ADMIN_TOKEN: token, ADMIN_TOKENS_FILE: file }),
  ),
)

const withAnOrder = Layer.provideMerge(Layer.effectDiscard(pay("somebody")), office)

describe("signing in", () => {
  it.layer(Layer.merge(Layer.orDie(Browser.layer), withAnOrder), { excludeTestServices: true })((it) => {
    it.effect(
      "a wrong token opens nothing, and the right one a session that no script can read, until its end",
      () =>
        Effect.gen(function* () {
          const { url } = yield* Shop
          const opened = yield* open("checkouts")
          const { page } = opened
          yield* signIn(opened, "something-else")
          yield* act(() => page.getByText("This is not a token of this server.").waitFor())
          yield* signIn(opened)
          yield* act(() => rows(page).first().waitFor())
          yield* act(() => page.reload())
          yield* act(() => rows(page).first().waitFor())
          const kept = act(() =>
            page.evaluate(() => [document.cookie, { ...sessionStorage }, Object.values(localStorage)]),
          )
          expect(yield* kept).toEqual(["", {}, [""]])
          const [cookie] = yield* act(() => page.context().cookies())
          expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" })
          yield* act(() => page.getByRole("button", { name: "Sign out" }).click())
          yield* act(() => page.getByLabel("Token").waitFor())
          expect(yield* kept).toEqual(["", {}, []])
          expect(yield* act(() => page.context().cookies())).toEqual([])
          const stolen = `${cookie?.name}=${cookie?.value}`
          expect((yield* withCookie(stolen, "GET", "/session")).status).toBe(401)
          for (const address of opened.asked) expect(address.startsWith(`${url}/`)).toBe(true)
        }),
    )

    it.effect("whose token says who it is is not asked, and only a role that may refund is offered to", () =>
      Effect.gen(function* () {
        const orderId = yield* pay("given-back-by-lee")
        const kims = yield* open(`checkouts/${orderId}`)
        yield* signIn(kims, tokens.kim)
        yield* act(() => kims.page.getByRole("slider", { name: "Step" }).waitFor())
        yield* act(() => kims.page.getByText("Kim", { exact: true }).waitFor())
        expect(yield* act(() => kims.page.getByRole("button", { name: "Refund…" }).count())).toBe(0)
        const { page, ...lees } = yield* open(`checkouts/${orderId}`)
        yield* signIn({ page, ...lees }, tokens.lee)
        yield* act(() => page.getByRole("button", { name: "Refund…" }).click())
        const dialog = page.getByRole("dialog", { name: "back?" })
        expect(yield* act(() => dialog.getByLabel("Your name").count())).toBe(0)
        expect(yield* act(() => dialog.innerText())).toContain("with your name, Lee")
        yield* act(() => dialog.getByLabel("Reason").fill("The cup was broken"))
        yield* act(() => dialog.getByRole("button", { name: /^Give ₩/ }).click())
        yield* act(() => page.getByRole("button", { name: /RefundStarted/ }).click())
        const step = page.locator(".step[aria-current]")
        yield* act(() => step.getByText("The cup was broken").first().waitFor())
        expect(yield* act(() => step.innerText())).toContain("Lee")
      }),
    )

    it.effect("a session that was ended elsewhere ends here with the next thing that is asked", () =>
      Effect.gen(function* () {
        const opened = yield* open("checkouts")
        const { page } = opened
        yield* signIn(opened, tokens.lee)
        yield* act(() => rows(page).first().waitFor())
        const [cookie] = yield* act(() => page.context().cookies())
        yield* withCookie(`${cookie?.name}=${cookie?.value}`, "DELETE", "/session")
        yield* act(() => page.getByRole("link", { name: "Dashboard" }).click())
        yield* act(() => page.getByText("The session is over. Please sign in again.").waitFor())
        yield* signIn(opened, tokens.lee)
        yield* act(() => page.getByRole("link", { name: "Checkouts" }).waitFor())
      }),
    )
  })
})
