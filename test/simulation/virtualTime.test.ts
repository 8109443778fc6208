import { Clock, Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { runVirtually } from "./virtualTime.ts"

const startMs = Date.UTC(2026, 0, 1)

/** What was noted, and how many milliseconds after the start. */
const notes = () => {
  const noted: Array<readonly [what: string, afterMs: number]> = []
  const note = (what: string) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      noted.push([what, nowMs - startMs])
    })
  return { noted, note }
}

describe("virtual time", () => {
  it("passes by what is slept, and takes none itself", () => {
    const { noted, note } = notes()
    const aYearMs = 365 * 86_400_000
    runVirtually(
      note("before").pipe(Effect.andThen(Effect.sleep(aYearMs)), Effect.andThen(note("after"))),
      startMs,
    )
    expect(noted).toEqual([
      ["before", 0],
      ["after", aYearMs],
    ])
  })

  it("wakes whoever wakes first, and of those who wake together whoever lay down first", () => {
    const { noted, note } = notes()
    const sleeper = (name: string, ms: number) => Effect.delay(note(name), ms)
    const all = [sleeper("late", 20), sleeper("one", 10), sleeper("two", 10), sleeper("early", 5)]
    runVirtually(Effect.all(all, { concurrency: "unbounded" }), startMs)
    expect(noted).toEqual([
      ["early", 5],
      ["one", 10],
      ["two", 10],
      ["late", 20],
    ])
  })

  it("does not pass while anything can run", () => {
    const { noted, note } = notes()
    const busy = Effect.forEach(Array.from({ length: 5_000 }), () => Effect.yieldNow)
    runVirtually(
      Effect.all([Effect.andThen(busy, note("worked")), Effect.delay(note("slept"), 1)], {
        concurrency: "unbounded",
      }),
      startMs,
    )
    expect(noted).toEqual([
      ["worked", 0],
      ["slept", 1],
    ])
  })

  it("forgets a sleeper that is interrupted", () => {
    const { noted, note } = notes()
    runVirtually(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.delay(note("slept"), 10))
        yield* Effect.sleep(5)
        yield* Fiber.interrupt(fiber)
        yield* Effect.sleep(20)
        yield* note("end")
      }),
      startMs,
    )
    expect(noted).toEqual([["end", 25]])
  })

  it("throws what a program fails with, and does not wait for ever", () => {
    expect(() => runVirtually(Effect.die(new Error("broken")), startMs)).toThrow("broken")
    expect(() => runVirtually(Effect.never, startMs)).toThrow("waits for what never comes")
    expect(() => runVirtually(Effect.sleep(Infinity), startMs)).toThrow("waits for what never comes")
    expect(() => runVirtually(Effect.forever(Effect.yieldNow), startMs)).toThrow("no end of work")
  })
})
