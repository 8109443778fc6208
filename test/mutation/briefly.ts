/** A mutant is met by short runs of the properties: what only a thousand cases find is found by `npm test`. */

import fc from "fast-check"
import { inject } from "vitest"

fc.configureGlobal({ seed: inject("seed"), interruptAfterTimeLimit: 400 })
