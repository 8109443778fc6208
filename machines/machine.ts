/** The machine complete: the chart, with what its conditions ask and how its facts are remembered. */

import { assign } from "xstate"
import { checkoutChart } from "./checkout.ts"
import { type CheckoutContext, changes } from "./context.ts"
import type { Fact, FactOf } from "./facts.ts"
import { guards } from "./guards.ts"

const remember = (name: keyof typeof changes) =>
  assign<CheckoutContext, Fact, unknown, Fact, never>(({ context, event }) =>
    changes[name](context, event as FactOf<never>),
  )

/** One action for each way in which a fact is remembered, under the same name. */
const remembering = Object.fromEntries(
  (Object.keys(changes) as ReadonlyArray<keyof typeof changes>).map((name) => [name, remember(name)]),
) as Record<keyof typeof changes, ReturnType<typeof remember>>

export const checkoutMachine = checkoutChart.provide({ guards, actions: remembering })
