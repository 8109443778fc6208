/** What the calls to TossPay come to and how long they take, counted. */

import { Effect } from "effect"
import { countCall } from "../telemetry/metrics.ts"
import type { TossPay } from "./tosspay.ts"

export const measured = (tossPay: TossPay["Service"]): TossPay["Service"] => ({
  ...tossPay,
  make: (...call) => counted("make-payment", tossPay.make(...call)),
  execute: (...call) => counted("execute-payment", tossPay.execute(...call)),
  status: (...call) => counted("get-payment-status", tossPay.status(...call)),
  refund: (...call) => counted("refund-payment", tossPay.refund(...call)),
})

/** By a clock that nobody sets. */
const counted = <A extends { readonly _tag: string }>(call: string, sent: Effect.Effect<A>) =>
  Effect.clockWith((clock) => {
    const sentAt = clock.monotonicTimeNanosUnsafe()
    return Effect.tap(sent, ({ _tag }) =>
      countCall(call, _tag, Number(clock.monotonicTimeNanosUnsafe() - sentAt) / 1e6),
    )
  })
