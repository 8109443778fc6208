#!/usr/bin/env node
/**
 * Starts the program, or says which Node it needs before it loads what an older one cannot read. What is compiled once is kept
 * for the next start, which then takes half the time.
 */

const { node } = process.versions
const [major = 0, minor = 0] = node.split(".").map(Number)

/** The range of `engines` in package.json. */
const isNewEnough = major === 22 ? minor >= 21 : major === 24 ? minor >= 9 : major > 24

if (isNewEnough) {
  const { enableCompileCache } = await import("node:module")
  enableCompileCache()
  await import("./program.ts")
} else {
  process.stderr.write(
    `tosspay-checkout needs Node 24.9 or newer, or 22 from 22.21 on, and this is ${node}. npm install --save-dev node@24 brings one.\n`,
  )
  process.exitCode = 3
}
