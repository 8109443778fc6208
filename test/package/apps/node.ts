/** A Node app that uses the package: pays once, in one process, and says how it ended. */

import { Effect } from "effect"
import { checkoutMachine, machineVersion, stateNames } from "tosspay-checkout/machine"
import { createCheckout, executeCheckout, Payers } from "tosspay-checkout/server"
import { inMemory, TossPaySimulator } from "tosspay-checkout/testing"

const program = Effect.gen(function* () {
  const payer = (yield* Payers).fingerprint("buyer")
  const create = createCheckout({ mode: "TEST", leaseMs: 45_000, ttlMs: 900_000, onMismatch: "refund" })
  const { checkout } = yield* create(payer, "buyer", {
    wish: { items: [{ sku: "coffee", quantity: 2 }] },
    expectedAmount: 9_000,
    reference: null,
    idempotencyKey: null,
  })
  const payToken = checkout.context.payToken ?? ""
  const simulator = yield* TossPaySimulator
  yield* simulator.sheet(payToken, { action: "approve" })
  const { state, amount } = yield* executeCheckout(15_000, { holdMs: 45_000, perMinute: 500 })(
    payer,
    payToken,
  )
  const { length: charges } = yield* simulator.ledger
  return { machine: checkoutMachine.id, machineVersion, states: stateNames.length, state, amount, charges }
})

console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, inMemory()))))
