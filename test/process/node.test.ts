/** With which Node the command starts: the one range, in package.json, in the command, and on the page that says how to begin. */

import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { describe, expect, inject, it } from "vitest"
import { bareEnvironment } from "../support/environment.ts"

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

/** The command, in a Node that says it is of this version. */
const helpIn = (version: string) => {
  const posing = `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`
  return promisify(execFile)(process.execPath, ["--import", posing, inject("program"), "--help"], {
    env: bareEnvironment,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

describe("the command", () => {
  it.each(["18.20.8", "20.20.2", "22.20.0", "23.11.1", "24.0.0", "24.8.0"])(
    "tells whoever has Node %s which one it needs",
    async (version) => {
      expect(await helpIn(version)).toEqual({
        code: 3,
        stdout: "",
        stderr: expect.stringMatching(
          `^tosspay-checkout needs Node 24\\.9 or newer, or 22 from 22\\.21 on, and this is ${version}\\. .*\n$`,
        ),
      })
    },
  )

  it.each(["22.21.0", "24.9.0", "25.0.0"])("starts with Node %s", async (version) => {
    expect(await helpIn(version)).toMatchObject({ code: 0, stdout: expect.stringContaining("reconcile") })
  })

  it("says of Node what package.json and the page say", () => {
    expect(JSON.parse(text("package.json")).engines.node).toBe("^22.21.0 || >=24.9.0")
    expect(text("docs/webview.md")).toContain("It needs Node 24.9 or newer, or 22 from 22.21 on;")
  })
})
