/** A real headless Chromium, from the package registry; pages of their own for every test. */

import chromium from "@sparticuz/chromium"
import { Context, Effect, Layer, type Scope } from "effect"
import { type BrowserContextOptions, type Page, chromium as playwright } from "playwright-core"

/**
 * Not the package's own flags: they are made for one page in one process, and switch the same-origin rules off, which
 * are part of what is tested here.
 */
const args = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage"]

export class Browser extends Context.Service<
  Browser,
  {
    /** A page in a profile of its own, gone when the scope closes. */
    page(options?: BrowserContextOptions): Effect.Effect<Page, never, Scope.Scope>
  }
>()("test/Browser") {
  static readonly layer = Layer.effect(
    Browser,
    Effect.gen(function* () {
      const browser = yield* Effect.acquireRelease(
        Effect.promise(async () =>
          playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true }),
        ),
        (browser) => Effect.promise(() => browser.close()),
      )
      return Browser.of({
        page: (options = {}) =>
          Effect.acquireRelease(
            Effect.promise(() => browser.newContext({ locale: "en-US", ...options })),
            (context) => Effect.promise(() => context.close()),
          ).pipe(Effect.flatMap((context) => Effect.promise(() => context.newPage()))),
      })
    }),
  )
}

/** Something done in the browser, or waited for. */
export const act = <A>(run: () => Promise<A>) => Effect.promise(run)

/** Holds back what the page asks there, until it is let go. */
export const held = (page: Page, path: string) =>
  Effect.gen(function* () {
    const { promise, resolve } = Promise.withResolvers<void>()
    yield* act(() =>
      page.route(path, async (route) => {
        await promise
        await route.continue()
      }),
    )
    return { resolve }
  })
