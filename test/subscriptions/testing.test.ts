/** The programs of docs/testing.md, as they stand. */

import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { asModule, programIn } from "../support/docs.ts"
import { bareEnvironment } from "../support/environment.ts"

it("a shop's own code is tested in one process, with a reply that is lost on the way", async () => {
  const program = asModule(programIn("testing.md", "ts"))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { env: bareEnvironment })
  expect(stderr).toBe("")
  expect(stdout).toContain("OutcomeUnknown: executing.unknown")
})

it("the simulator alone does wrong what it is told over HTTP", async () => {
  // Whoever else runs on this machine may have that port.
  const program = asModule(programIn("testing.md", "ts", 1).replace("port: 3100", "port: 0"))
  const { stderr } = await promisify(execFile)(process.execPath, program, { env: bareEnvironment })
  expect(stderr).toBe("")
})
