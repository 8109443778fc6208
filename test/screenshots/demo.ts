/** The demo's main screens: somebody pays there, as `npm start` has it. */

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { BrowserContextOptions, Page } from "playwright-core"
import type { TroubleName } from "../../client/demo/trouble.ts"
import { act, Browser } from "../support/browser.ts"
import { keep, still } from "./picture.ts"

const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url))

/** The whole product with a state of its own, gone when the scope closes; gives its address. */
const product = Effect.gen(function* () {
  const dataDir = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-screenshots-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  )
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [cli, "start"], {
        env: { PATH: process.env["PATH"] ?? "", DATA_DIR: dataDir, PORT: "0", LOG_LEVEL: "Error" },
        stdio: ["ignore", "pipe", "inherit"],
      }),
    ),
    (child) =>
      Effect.promise(
        () =>
          new Promise((ended) => {
            child.once("exit", ended)
            child.kill("SIGTERM")
          }),
      ),
  )
  return yield* Effect.promise(async () => {
    for await (const line of createInterface(child.stdout)) {
      const url = /^ready .*(http:\S+)$/.exec(line)?.[1]
      if (url !== undefined) return url
    }
    throw new Error("the product ended before it was ready")
  })
})

const next = (page: Page) => page.locator(".cta button").first().click()
const payInSheet = (page: Page) =>
  page
    .getByRole("dialog")
    .getByRole("button", { name: /^(Pay|결제하기)$/ })
    .click()

/** From the list to what came of it, with a picture at each of these steps. */
const buy = async (
  page: Page,
  end: string,
  pictures: { readonly [step in "list" | "confirm" | "sheet" | "end"]?: string } = {},
) => {
  const picture = async (step: keyof typeof pictures) => {
    const name = pictures[step]
    if (name !== undefined) await keep(page, name)
  }
  await page.locator(".cta button").waitFor()
  await picture("list")
  await next(page)
  await page.locator("dt.sum").waitFor()
  await picture("confirm")
  await next(page)
  await page.getByRole("dialog").waitFor()
  await picture("sheet")
  await payInSheet(page)
  await page.locator(end).waitFor()
  await page
    .getByText(/PaymentExecuted|StatusReported/)
    .first()
    .waitFor({ state: "attached" })
  await picture("end")
}

const choose = async (page: Page, trouble: TroubleName) => {
  const armed = page.waitForResponse(
    (reply) => reply.request().method() === "POST" && reply.url().endsWith("/faults"),
  )
  await page.locator(`input[value=${trouble}]`).check()
  await armed
}

const phone = { width: 390, height: 844 }
/** High enough for everything that can go wrong. */
const desktop = { viewport: { width: 1280, height: 1060 }, deviceScaleFactor: 0.75 }

const walks: ReadonlyArray<readonly [BrowserContextOptions, (page: Page) => Promise<void>]> = [
  [
    { ...still, viewport: phone, locale: "ko-KR" },
    (page) => buy(page, ".receipt", { list: "list", confirm: "confirm", sheet: "sheet", end: "receipt" }),
  ],
  [
    { ...still, ...desktop, locale: "en-US" },
    async (page) => {
      await page.locator(".cta button").waitFor()
      await choose(page, "lostAfter")
      await buy(page, ".receipt", { end: "stage" })
    },
  ],
  [
    { ...still, ...desktop, locale: "ko-KR", colorScheme: "dark" },
    async (page) => {
      await page.locator(".cta button").waitFor()
      await choose(page, "wrongAmount")
      await buy(page, ".ledger:has-text('환불')", { end: "stage-dark" })
    },
  ],
  [
    { ...still, viewport: phone, locale: "en-US", colorScheme: "dark" },
    async (page) => {
      await buy(page, ".receipt")
      await page.getByRole("button", { name: "Machine" }).click()
      await keep(page, "machine-dark")
      await page.getByRole("button", { name: "Machine" }).click()
      await page.locator(".cta .quiet").click()
      await page.locator("article").first().waitFor()
      await keep(page, "orders-dark")
    },
  ],
]

export const demoPictures = Effect.gen(function* () {
  const browser = yield* Browser
  const url = yield* product
  for (const [options, walk] of walks) {
    const page = yield* browser.page(options)
    yield* act(() => page.goto(url))
    yield* act(() => walk(page))
  }
})
