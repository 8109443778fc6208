#!/usr/bin/env node
/** Starts the program. What is compiled once is kept for the next start, which then takes half the time. */

import { enableCompileCache } from "node:module"

enableCompileCache()
await import("./program.ts")
