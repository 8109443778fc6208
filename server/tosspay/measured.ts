/** What the calls to TossPay come to and how long they take, counted. */

import { Effect } from "effect"
import { countCall } from "../telemetry/metrics.ts"
import { aroundCalls, type TossPay } from "./tosspay.ts"

/** By a clock that nobody sets. */
export const measured = (tossPay: TossPay["Service"]): TossPay["Service"] =>
  aroundCalls(tossPay, (call, _, sent) =>
    Effect.clockWith((clock) => {
      const sentAt = clock.monotonicTimeNanosUnsafe()
      return Effect.tap(sent, ({ _tag }) =>
        countCall(call, _tag, Number(clock.monotonicTimeNanosUnsafe() - sentAt) / 1e6),
      )
    }),
  )
