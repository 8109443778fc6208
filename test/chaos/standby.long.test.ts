/** The short version of `npm run chaos -- --standby`. */

import { Effect } from "effect"
import { describe, expect, inject, it } from "vitest"
import { chaos } from "./chaos.ts"
import { evidence, summary } from "./report.ts"
import { shortly } from "./shortly.ts"

describe("a primary that is killed, and a synchronous standby that takes over", () => {
  it("leave every law whole, with nothing told to the servers", async () => {
    const seed = inject("seed")
    const { seed: _, ...rest } = { ...shortly, standby: true, servers: 1, lifecycles: 24, kills: 0 }
    const outcome = await Effect.runPromise(chaos({ seed, ...rest }))
    expect(outcome.wrong, evidence(outcome) + summary({ seed, ...rest }, outcome)).toEqual([])
    expect(outcome.restarts).toBe(1)
    expect(outcome.books.answers.executed.some(({ reply }) => reply.body["ok"] === true)).toBe(true)
  }, 180_000)
})
