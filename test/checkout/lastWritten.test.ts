import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import type { Checkout } from "../../machines/index.ts"
import { makeLastWritten } from "../../server/checkout/lastWritten.ts"
import { EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { after, payToken } from "../support/checkouts.ts"
import { type Bug, makeProcess, shared } from "../support/world.ts"

/** Counts how often a process looks for a checkout. */
const counting = () => {
  let looks = 0
  const bug: Bug = {
    log: (log) => ({
      ...log,
      find: (lookup) => {
        looks += 1
        return log.find(lookup)
      },
    }),
  }
  return { bug, looks: () => looks }
}

const approve = (token: string) =>
  Effect.flatMap(TossPaySimulator, (bank) => bank.sheet(token, { action: "approve" }))

const charges = Effect.flatMap(TossPaySimulator, (bank) => Effect.map(bank.ledger, ({ length }) => length))

describe("a checkout that this process wrote last", () => {
  it.effect("is executed without being read again", () =>
    Effect.gen(function* () {
      const { bug, looks } = counting()
      const server = yield* makeProcess({ bug })
      const token = (yield* server.create()).checkout.context.payToken ?? ""
      yield* approve(token)
      expect((yield* server.execute(token)).outcome).toBe("paid")
      expect(looks()).toBe(0)
      expect((yield* server.execute(token)).outcome).toBe("paid")
      expect(looks()).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is executed by its own buyer alone: to another it is as unknown as none", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const token = (yield* server.create()).checkout.context.payToken ?? ""
      yield* approve(token)
      expect(yield* Effect.flip(server.execute(token, "buyer-2"))).toEqual(
        yield* Effect.flip(server.execute("nobody's", "buyer-2")),
      )
      expect(yield* charges).toBe(0)
      expect((yield* server.execute(token)).outcome).toBe("paid")
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is answered for as another process left it, and charged once", () =>
    Effect.gen(function* () {
      // A bank that would charge again: nothing but the version of the log is in the way.
      yield* (yield* TossPaySimulator).changeSettings({ repeatedExecute: "charge" })
      const [here, there] = [yield* makeProcess(), yield* makeProcess()]
      const token = (yield* here.create()).checkout.context.payToken ?? ""
      yield* approve(token)
      expect((yield* there.execute(token)).outcome).toBe("paid")
      expect((yield* here.execute(token)).outcome).toBe("paid")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is not executed once another process has let it lapse", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* makeProcess(), yield* makeProcess()]
      const { checkout } = yield* here.create()
      const token = checkout.context.payToken ?? ""
      yield* TestClock.adjust("1 hour")
      yield* there.recover
      expect((yield* here.execute(token)).outcome).toBe("failed")
      expect(yield* charges).toBe(0)
      const facts = (yield* (yield* EventLog).history(checkout.checkoutId)).map(({ type }) => type)
      expect(facts).not.toContain("ExecutionStarted")
    }).pipe(Effect.provide(shared)),
  )
})

describe("what was written last", () => {
  const written = (checkout: Checkout): Recorded => ({ checkout, hash: null })
  const minted = (token: string) => written(after({ type: "TokenMinted", payToken: token }))

  const approved = [{ type: "TokenMinted", payToken }, { type: "AuthenticationSucceeded" }] as const

  it("is handed out while it may be executed, as it was last, and once", () => {
    const { keep, take } = makeLastWritten()
    keep(written(after()))
    expect(take(payToken)).toBeNull()
    const last = written(after(...approved))
    for (const stage of [minted(payToken), last]) keep(stage)
    expect([take(payToken), take(payToken)]).toEqual([last, null])
    for (const stage of [last, written(after(...approved, { type: "ExecutionStarted", attempt: 1 }))])
      keep(stage)
    expect(take(payToken)).toBeNull()
  })

  it("is of so many checkouts at most, and the oldest goes first", () => {
    const { keep, take } = makeLastWritten(2)
    const tokens = ["tokenA", "tokenB", "tokenC"]
    for (const token of tokens) keep(minted(token))
    expect(tokens.map((token) => take(token) !== null)).toEqual([false, true, true])
  })
})
