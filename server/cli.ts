#!/usr/bin/env node
/**
 * Starts the program, or says which Node it needs before it loads what an older one cannot read. What is compiled once is kept
 * for the next start, which then takes half the time.
 */

const needed = "22.21"
const { node } = process.versions

if (node.localeCompare(needed, "en", { numeric: true }) < 0) {
  process.stderr.write(
    `tosspay-checkout needs Node ${needed} or newer, and this is ${node}. npm install --save-dev node@24 brings one.\n`,
  )
  process.exitCode = 3
} else {
  const { enableCompileCache } = await import("node:module")
  enableCompileCache()
  await import("./program.ts")
}
