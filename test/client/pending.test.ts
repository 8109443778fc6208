import { expect, it } from "vitest"
import type { Memory } from "../../client/memory.ts"
import { makeStore } from "../../client/pending.ts"

it("what no other page may change in between is done in a webview older than AbortSignal.timeout too", async () => {
  const { timeout } = AbortSignal
  const setTimeoutTo = (value: unknown) => Object.assign(AbortSignal, { timeout: value })
  const memory = { orders: new Map() } as unknown as Memory
  const store = makeStore(() => ({ getItem: () => null, setItem: () => {} }), "orders", memory)
  expect(navigator.locks, "it asks for a lock").toBeDefined()
  setTimeoutTo(undefined)
  const done = store.alone(async () => "done")
  setTimeoutTo(timeout)
  expect(await done).toBe("done")
})
