/** What somebody in the back office waits for, in a real browser, before a log with a long past. */

import { Effect } from "effect"
import type { Page } from "playwright-core"
import { Browser } from "../support/browser.ts"
import { startServer } from "./contestant.ts"
import { migrated, serverSettings } from "./contestants.ts"
import { fill } from "./fill.ts"

const token = "the-back-office-7"

/** The lines to print. */
export const reader = async (databaseUrl: string, events: number): Promise<ReadonlyArray<string>> => {
  await migrated(databaseUrl)
  await fill(databaseUrl, events)
  const server = await startServer(["server/cli.ts", "serve"], {
    ...serverSettings(databaseUrl),
    ADMIN_TOKEN: token,
    TOSSPAY_BASE_URL: "http://127.0.0.1:9",
  })
  const ask = async (path: string) => {
    const answer = await fetch(`${server.url}/admin/api${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json() as Promise<{ readonly checkouts: ReadonlyArray<{ readonly orderId: string }> }>
  }
  const { checkouts } = await ask("/checkouts?limit=1")
  const orderId = checkouts[0]?.orderId ?? ""
  const lines = [
    ...(await Effect.runPromise(Effect.scoped(Effect.provide(pages(server.url, orderId), Browser.layer)))),
    ...(await questions(ask, orderId)),
  ]
  await server.stop()
  return lines
}

const questions = async (ask: (path: string) => Promise<unknown>, orderId: string) => {
  const lines: Array<string> = []
  for (const [what, path] of [
    ["newest fifty", "/checkouts?limit=50"],
    ["fifty that are mismatched", "/checkouts?limit=50&state=mismatched"],
    ["by order number", `/checkouts?q=${orderId}`],
    ["by a text that nobody has", "/checkouts?q=nobody-at-all"],
    ["from an amount up", "/checkouts?limit=50&min=50000"],
    ["a day of the dashboard", "/summary"],
    ["all of the dashboard", "/summary?from=2000-01-01T00:00:00Z"],
  ] as const) {
    const startMs = performance.now()
    await ask(path)
    lines.push(`asked     ${what}: ${ms(performance.now() - startMs)}`)
  }
  return lines
}

/** Each page is opened anew, with what the browser keeps of the one before. */
const pages = (url: string, orderId: string) =>
  Effect.gen(function* () {
    const page = yield* (yield* Browser).page()
    return yield* Effect.promise(async () => {
      const lines: Array<string> = []
      const look = async (what: string, path: string, isThere: (page: Page) => Promise<unknown>) => {
        await page.goto(`${url}/audit/${path}`)
        await isThere(page)
        lines.push(`opened    ${what}: ${await timesOf(page)}`)
      }
      await look("the sign-in", "", () => page.getByLabel("Token").waitFor())
      await page.getByLabel("Token").fill(token)
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("link", { name: "Dashboard" }).waitFor()
      const rows = page.locator(".results tbody tr")
      await look("the search", "checkouts", () => rows.first().waitFor())
      await look("a search for one order", `checkouts?q=${orderId}`, () => rows.first().waitFor())
      await look("a checkout", `checkouts/${orderId}`, () => page.locator(".finer-node.here").waitFor())
      await look("the dashboard", "", () => page.getByRole("region", { name: "How far they came" }).waitFor())
      return lines
    })
  })

const timesOf = async (page: Page): Promise<string> => {
  const [paintMs, thereMs] = (await page.evaluate(
    "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]",
  )) as [number, number]
  return `first paint after ${ms(paintMs)}, all of it after ${ms(thereMs)}`
}

const ms = (value: number): string => `${Math.round(value)} ms`
