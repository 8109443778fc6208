/** One seed for every property of a run: printed, and set with SEED=n to replay a run. */

import fc from "fast-check"
import { inject } from "vitest"

fc.configureGlobal({ seed: inject("seed") })
