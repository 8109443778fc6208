/** The bank of a world on virtual time, and time that passes in it, in as few words as the laws need. */

import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import {
  type CallName,
  type Fault,
  type LedgerEntry,
  TossPaySimulator,
} from "../../server/simulator/index.ts"
import type { Process } from "./world.ts"

export const minuteMs = 60_000

/** The lines of the ledger that went this way. */
export const moved = (kind: LedgerEntry["kind"]) =>
  Effect.flatMap(TossPaySimulator, ({ ledger }) =>
    Effect.map(ledger, (entries) => entries.filter((entry) => entry.kind === kind)),
  )

/** The buyer authenticates on the sheet. */
export const approve = (payToken: string) =>
  Effect.flatMap(TossPaySimulator, (simulator) => simulator.sheet(payToken, { action: "approve" }))

/** Bends calls of this name, unless `over` names another. */
export const faultOf = (call: CallName) => (over: object) =>
  Effect.flatMap(TossPaySimulator, (simulator) => simulator.setFault({ call, ...over } as Fault))

/** Lets time pass, with a look of recovery at every step. */
export const pass = (process: Process, ms: number, stepMs = 5_000) =>
  Effect.gen(function* () {
    for (let passed = 0; passed < ms; passed += stepMs) {
      yield* TestClock.adjust(stepMs)
      const look = yield* Effect.forkChild(process.recover)
      // Whatever the look waits for, a timeout among them, comes with the time.
      for (let tries = 0; tries < 20 && look.pollUnsafe() === undefined; tries += 1)
        yield* TestClock.adjust(1_000)
      yield* Fiber.join(look)
    }
  })
