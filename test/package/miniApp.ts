/** A mini-app and its server, made of what docs/webview.md prints and of nothing else: every block of the page is executed. */

import { globSync, readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { basename, join } from "node:path"
import { parseEnv } from "node:util"
import chromium from "@sparticuz/chromium"
import { Effect } from "effect"
import { type Browser, type Page, chromium as playwright } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asStately } from "../browser/receiverPage.ts"
import { playHost, yes } from "../browser/webview/host.ts"
import { emptyDatabaseUrl } from "../support/database.ts"
import { keyServer, signingKey, tokenOf } from "../support/keyServer.ts"
import { check, newApp, root, run, write } from "./newApp.ts"
import { pageOf } from "./page.ts"
import { serving } from "./serving.ts"
import { started, typed } from "./terminal.ts"

const page = pageOf("docs/webview.md")

const [setUp, serve] = page.titled("terminal")
const installs = setUp?.code.trim().split("\n") ?? []
const start = installs.pop() ?? ""
/** Where the page's mini-app comes from. */
const origin = /ALLOWED_ORIGINS=(\S+)/.exec(start)?.[1] ?? ""

/** What a mini-app has that has no payment yet. */
const packages = [
  "@apps-in-toss/web-framework",
  "react",
  "react-dom",
  "vite",
  "@types/react",
  "@types/react-dom",
]

const reacts = {
  "18": { react: "18.3.1", "react-dom": "18.3.1", "@types/react": "^18.3.0", "@types/react-dom": "^18.3.0" },
  "19": {},
}

/** In a folder outside the repository, with what was packed. */
export const miniAppLaws = (packed: () => { readonly folder: string; readonly tarball: string }) =>
  describe("a new mini-app, made of what docs/webview.md prints", () => {
    const { server: pages, show } = serving()
    const apps: Record<string, string> = {}
    let shop: Awaited<ReturnType<typeof started>>
    let browser: Browser

    beforeAll(async () => {
      const { folder, tarball } = packed()
      const made = Object.entries(reacts).map(async ([react, versions]) => {
        const app = await newApp(folder, null, packages, versions)
        for (const line of installs) await typed(app, line, tarball)
        for (const { title, code } of page.titled("catalog.json")) write(app, title, code)
        apps[react] = app
      })
      await Promise.all(made)
      shop = await started(apps["19"] ?? "", start, {
        CATALOG_FILE: "catalog.json",
        PORT: "0",
        LOG_LEVEL: "None",
      })
      page.executed([...page.titled("catalog.json"), ...(setUp ? [setUp] : [])])
      await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve))
      const { port } = pages.address() as AddressInfo
      const rule = `MAP ${new URL(origin).host} 127.0.0.1:${port}`
      browser = await playwright.launch({
        executablePath: await chromium.executablePath(),
        args: ["--no-sandbox", "--no-zygote", "--disable-gpu", `--host-resolver-rules=${rule}`],
      })
    }, 300_000)

    afterAll(async () => {
      await browser?.close()
      await shop?.stop()
      pages.closeAllConnections()
      pages.close()
    })

    const approve = (args: unknown) =>
      fetch(`${shop.simulator}/sheet/${(args as [{ params: { payToken: string } }])[0].params.payToken}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ action: "approve" }),
      })

    /** A page in a profile of its own, in the Toss app, with one of the app's buttons. */
    const open = async (shown: string): Promise<Page> => {
      const context = await browser.newContext({ locale: "en-US" })
      await playHost(context, async (args) => {
        await approve(args)
        return [yes]
      })
      const opened = await context.newPage()
      opened.setDefaultTimeout(30_000)
      await opened.goto(`${origin}/#${shown}`)
      return opened
    }

    it("finds a server that says that the demo is not there, and where everything else is", () => {
      expect(shop.said[0]).toMatch(/demo mini-app +\(comes with the repository, not with the package\)/)
      expect(shop.url).toMatch(/^http:/)
      expect(shop.simulator).toMatch(/^http:/)
    })

    it.each(Object.keys(reacts))(
      "with React %s type-checks, builds and pays with every button",
      async (react) => {
        const app = apps[react] ?? ""
        const files = page.titled(/^src\//)
        expect(files.length).toBeGreaterThanOrEqual(10)
        for (const { title, code } of files)
          write(
            app,
            title,
            code.replaceAll(/https:\/\/pay\.example\.com|http:\/\/127\.0\.0\.1:3000/g, shop.url),
          )
        write(app, "src/main.tsx", readFileSync(join(root, "test/package/apps/main.tsx"), "utf8"))
        write(app, "index.html", '<div id="root"></div><script type="module" src="/src/main.tsx"></script>')
        await check(app, "src", {
          module: "esnext",
          moduleResolution: "bundler",
          jsx: "react-jsx",
          lib: ["es2024", "dom", "dom.iterable"],
          types: ["vite/client"],
        })
        /** What is in the bundle, and will run in the browser. */
        const built = async (mode: "production" | "development") => {
          const vite = [
            "node_modules/vite/bin/vite.js",
            "build",
            "--sourcemap",
            "--logLevel",
            "warn",
            "--mode",
            mode,
          ]
          await run(process.execPath, vite, { cwd: app, env: { ...process.env, NODE_ENV: mode } })
          show(join(app, "dist"))
          const maps = globSync(join(app, "dist/assets/*.js.map")).map((map) =>
            JSON.parse(readFileSync(map, "utf8")),
          )
          const sources = maps
            .flatMap(({ sources }) => sources as ReadonlyArray<string>)
            .map((path) => basename(path))
          page.executed(files.filter(({ title }) => sources.includes(basename(title))))
        }
        await built("production")

        const pay = await open("Pay")
        await pay.getByRole("button", { name: "Pay ₩9,000" }).click()
        await pay.getByRole("status").getByText("Paid.").waitFor()
        await pay.reload()
        await pay.getByRole("status").getByText("Paid.").waitFor()
        const styled = await pay
          .getByRole("button")
          .evaluate((button) => getComputedStyle(button).borderRadius)
        const css = page.titled("src/pay.css")
        expect(css[0]?.code).toContain(`border-radius: ${styled};`)
        page.executed(css)

        const confirm = await open("Confirm")
        await confirm.getByRole("button", { name: "Tip 5,000" }).click()
        await confirm.getByText("Thank you! Your coffee is on its way.").waitFor()
        await confirm.getByRole("button", { name: "Another one" }).click()

        const plain = await open("plain")
        await plain.getByRole("button", { name: "Tip 5,000" }).click()
        await plain.getByText("Paid.").waitFor()

        const sdk = await open("PayWithSdkStorage")
        await Effect.runPromise(asStately(sdk))
        const popup = sdk.waitForEvent("popup")
        await sdk.evaluate(() => (window as unknown as { openInspector(): Promise<void> }).openInspector())
        const inspector = await popup
        await sdk.getByRole("button", { name: "Pay ₩4,500" }).click()
        await sdk.getByRole("status").getByText("Paid.").waitFor()
        const seen = () =>
          inspector.evaluate(() => JSON.stringify((window as unknown as { received: unknown }).received))
        await expect.poll(seen, { timeout: 30_000 }).toContain('"ExecutionStarted"')
        expect(await seen()).toContain('"@xstate.actor"')

        await built("development")
        const plainBrowser = await browser.newContext({ locale: "en-US" })
        const developed = await plainBrowser.newPage()
        const asked: Array<string> = []
        developed.on("dialog", (dialog) => {
          asked.push(dialog.message())
          void (asked.length === 1 ? dialog.dismiss() : dialog.accept())
        })
        await developed.goto(`${origin}/#Pay`)
        await developed.getByRole("button", { name: "Pay ₩9,000" }).click()
        await developed.getByText("Nothing was charged. You can pay it now.").waitFor()
        await developed.getByRole("button", { name: "Pay ₩9,000" }).click()
        await developed.getByRole("status").getByText("Paid.").waitFor()
        expect(asked).toEqual(["Pay?", "Pay?"])
      },
      300_000,
    )

    it(
      "in production lets in the mini-app, and whoever its provider of identity names, and nobody else",
      () =>
        Effect.gen(function* () {
          const app = apps["19"] ?? ""
          const provider = yield* keyServer
          const key = yield* Effect.promise(() => signingKey("one"))
          provider.keys = [key]
          const files = page.titled(/\.env$/)
          for (const { title, code } of files)
            write(app, title, code.replaceAll("https://coffee.example.com", new URL(provider.url).origin))
          const settings = parseEnv(files.map(({ code }) => code).join("\n"))
          const env = {
            DATABASE_URL: yield* emptyDatabaseUrl,
            TOSSPAY_BASE_URL: shop.simulator,
            DATA_DIR: join(packed().folder, "production"),
            PORT: "0",
            LOG_LEVEL: "None",
          }
          const { url } = yield* Effect.acquireRelease(
            Effect.promise(() => started(app, serve?.code ?? "", env)),
            ({ stop }) => Effect.promise(stop),
          )
          const answerTo = (origin: string, aud: string | undefined) =>
            Effect.promise(async () => {
              const reply = await fetch(`${url}/api/payment/create`, {
                method: "POST",
                headers: {
                  origin,
                  authorization: `Bearer ${await tokenOf(key, { aud })}`,
                  "content-type": "application/json",
                },
                body: JSON.stringify({ items: [{ sku: "coffee", quantity: 2 }] }),
              })
              return [reply.status, reply.headers.get("access-control-allow-origin")]
            })
          const own = settings["ALLOWED_ORIGINS"]?.split(",") ?? []
          expect(own).toHaveLength(2)
          for (const origin of own)
            expect(yield* answerTo(origin, settings["AUTH_JWT_AUDIENCE"])).toEqual([201, origin])
          expect(yield* answerTo("https://tea.apps.tossmini.com", settings["AUTH_JWT_AUDIENCE"])).toEqual([
            201,
            null,
          ])
          expect((yield* answerTo(own[0] ?? "", "tea"))[0]).toBe(401)
          page.executed([...files, ...(serve ? [serve] : [])])
        }).pipe(Effect.scoped, Effect.runPromise),
      120_000,
    )

    it("executes every block of the page", () => {
      expect(page.left()).toEqual([])
    })
  })
