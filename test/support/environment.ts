/** What every program that a test starts gets, and nothing else of this process: where to find programs, and a place for compiled code. */

import { fileURLToPath } from "node:url"

export const bareEnvironment = {
  PATH: process.env["PATH"] ?? "",
  /** A third of the time that a command takes to start is compiling; this way only the first one pays. */
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/compiled", import.meta.url)),
}
