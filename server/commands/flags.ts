/** What several commands understand. */

import { Flag } from "effect/cli"

export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
