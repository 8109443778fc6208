/** The package as somebody else installs it: packed, checked, and used by two new apps outside this repository. */

import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import chromium from "@sparticuz/chromium"
import { chromium as playwright } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const tool = (path: string) => join(root, "node_modules", path)

let folder = ""
let tarball = ""

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-package-"))
  await run(process.execPath, [join(root, ".build/build.ts")])
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  })
  tarball = join(
    folder,
    Object.values(JSON.parse(stdout) as Record<string, { filename: string }>)[0]?.filename ?? "",
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A new app with the package and these others of the versions that we are tested with. */
const newApp = async (name: string, packages: ReadonlyArray<string>) => {
  const app = mkdtempSync(join(folder, name))
  const versions = { ...own.dependencies, ...own.devDependencies }
  const dependencies = Object.fromEntries(packages.map((each) => [each, versions[each]]))
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({
      name,
      private: true,
      type: "module",
      dependencies: { "tosspay-checkout": `file:${tarball}`, ...dependencies },
    }),
  )
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: app,
  })
  return app
}

/** Type-checks an app as its author would. */
const check = (app: string, file: string, more: Record<string, unknown> = {}) => {
  const compilerOptions = {
    target: "es2024",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    ...more,
  }
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }))
  return run(process.execPath, [tool("typescript/bin/tsc"), "-p", app]).catch((error) =>
    expect.fail(error.stdout),
  )
}

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
  }, 120_000)

  it("holds its licence, its readme and nothing of the SDK, whose licence is another", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball])
    const files = stdout.trim().split("\n")
    expect(files).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md"]))
    expect(
      files.filter((file) =>
        /node_modules|web-framework|web-bridge|\.tsx?$/.test(file.replace(/\.d\.ts$/, "")),
      ),
    ).toEqual([])
    const demo = await run("tar", ["-xzOf", tarball, "--wildcards", "package/dist/demo/*.js"]).catch(() => ({
      stdout: "",
    }))
    expect(demo.stdout).not.toContain("__GRANITE_NATIVE_EMITTER")
  })

  it("runs in a new Node app: a payment settles, types and all", async () => {
    const app = await newApp("node", ["effect", "xstate", "@types/node"])
    cpSync(join(root, "test/package/apps/node.ts"), join(app, "main.ts"))
    await check(app, "main.ts", { types: ["node"], skipLibCheck: true })
    const { stdout } = await run(process.execPath, ["main.ts"], { cwd: app })
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      machine: "checkout",
      machineVersion: 1,
      states: 7,
      state: "settled",
      amount: 9_000,
      charges: 1,
    })
    const help = await run(process.execPath, ["node_modules/.bin/tosspay-checkout", "--help"], { cwd: app })
    expect(help.stdout).toContain("reconcile")
  }, 180_000)

  it.each(["18.3.1", own.devDependencies.react])(
    "runs in a new Vite app with React %s: the button is there, and loads nothing of the server",
    async (react) => {
      const app = await newApp(`vite-${react}`, [
        "xstate",
        "@xstate/react",
        "vite",
        "@types/react",
        "@types/react-dom",
      ])
      await run(
        "npm",
        [
          "install",
          "--prefer-offline",
          "--no-audit",
          "--no-fund",
          "--ignore-scripts",
          `react@${react}`,
          `react-dom@${react}`,
        ],
        { cwd: app },
      )
      cpSync(join(root, "test/package/apps/main.tsx"), join(app, "main.tsx"))
      writeFileSync(
        join(app, "index.html"),
        '<div id="root"></div><script type="module" src="/main.tsx"></script>',
      )
      await run(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], {
        cwd: app,
      })
      const assets = join(app, "dist/assets")
      const code = readdirSync(assets)
        .map((file) => readFileSync(join(assets, file), "utf8"))
        .join("\n")
      expect(code).not.toMatch(/__GRANITE_NATIVE_EMITTER|effect\/Effect|node:crypto/)

      const server = createServer((request, reply) => {
        const file = request.url === "/" ? "index.html" : (request.url ?? "").slice(1)
        reply.setHeader("content-type", file.endsWith(".js") ? "text/javascript" : "text/html")
        reply.end(readFileSync(join(app, "dist", file)))
      }).listen(0, "127.0.0.1")
      const browser = await playwright.launch({
        executablePath: await chromium.executablePath(),
        args: ["--no-sandbox", "--no-zygote", "--disable-gpu"],
      })
      try {
        const page = await browser.newPage()
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
        await page.getByRole("button", { name: "Pay ₩9,000" }).click()
        await page.getByRole("status").getByText("Payment works in the Toss app.").waitFor()
      } finally {
        await browser.close()
        server.close()
      }
    },
    180_000,
  )
})
