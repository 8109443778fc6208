/**
 * Time that passes only when nothing else can happen. A program runs to its end in one go and always in the same order: whatever
 * can run runs, first come, first served; then the clock jumps to whoever wakes first. Nothing waits for the world outside, so a
 * year takes no longer than what happens in it (ADR 20).
 */

import { Cause, Clock, Duration, Effect, Exit, Scheduler } from "effect"

/** Runs it from this time on. Throws what it fails with, and if it waits for what never comes or works without end. */
export const runVirtually = <A, E>(program: Effect.Effect<A, E>, startMs: number): A => {
  const ready: Array<() => void> = []
  const sleepers: Array<Sleeper> = []
  let nowMs = startMs

  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => nowMs,
    currentTimeMillis: Effect.sync(() => nowMs),
    currentTimeNanosUnsafe: () => nanosOf(nowMs),
    currentTimeNanos: Effect.sync(() => nanosOf(nowMs)),
    monotonicTimeNanosUnsafe: () => nanosOf(nowMs - startMs),
    monotonicTimeNanos: Effect.sync(() => nanosOf(nowMs - startMs)),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const sleeper = { wakesAtMs: nowMs + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        layDown(sleepers, sleeper)
        return Effect.sync(() => getUp(sleepers, sleeper))
      }),
  }

  /** What becomes ready meanwhile runs as well. */
  const runReady = () => {
    for (let next = 0; next < ready.length; next += 1) {
      if (next === mostAtOnce) throw new Error(`there is no end of work at ${new Date(nowMs).toISOString()}`)
      ready[next]?.()
    }
    ready.length = 0
  }

  const scheduler = new Scheduler.MixedScheduler("async", (run) => {
    let isWanted = true
    ready.push(() => {
      if (isWanted) run()
    })
    return () => {
      isWanted = false
    }
  })
  const fiber = Effect.runFork(Effect.provideService(program, Clock.Clock, clock), { scheduler })
  while (true) {
    runReady()
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return valueIn(exit)
    const first = sleepers.pop()
    if (first === undefined || first.wakesAtMs === Infinity)
      throw new Error("all that is left waits for what never comes")
    nowMs = first.wakesAtMs
    first.wake()
  }
}

interface Sleeper {
  readonly wakesAtMs: number
  readonly wake: () => void
}

/** The next to wake is the last in the list; of those who wake together, whoever lay down first. */
const layDown = (sleepers: Array<Sleeper>, sleeper: Sleeper) => {
  const before = sleepers.findLastIndex(({ wakesAtMs }) => wakesAtMs > sleeper.wakesAtMs)
  sleepers.splice(before + 1, 0, sleeper)
}

const getUp = (sleepers: Array<Sleeper>, sleeper: Sleeper) => {
  const place = sleepers.indexOf(sleeper)
  if (place !== -1) sleepers.splice(place, 1)
}

/** Far more than any life has to do at one moment. */
const mostAtOnce = 100_000

const nanosOf = (ms: number): bigint => BigInt(Math.round(ms * 1_000_000))

const valueIn = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  return exit.value
}
