import { expect, it } from "vitest"
import { newMemory } from "../../client/memory.ts"
import { makeStore } from "../../client/pending.ts"

it("what no other page may change in between is done in a webview older than AbortSignal.timeout too", async () => {
  const { timeout } = AbortSignal
  const setTimeoutTo = (value: unknown) => Object.assign(AbortSignal, { timeout: value })
  const store = makeStore(() => ({ getItem: () => null, setItem: () => {} }), "orders", newMemory())
  expect(navigator.locks, "it asks for a lock").toBeDefined()
  setTimeoutTo(undefined)
  const done = store.alone(async () => "done")
  setTimeoutTo(timeout)
  expect(await done).toBe("done")
})
