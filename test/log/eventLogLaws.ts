/** The laws of an event log, as functions over its interface: they hold for every implementation. */

import { describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer } from "effect"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { decide, type Fact, open, type Plan, plan, type StatePath } from "../../machines/index.ts"
import { factOf, hashOf } from "../../server/log/chain.ts"
import { appendOf, type Due, EventLog, fold, type Recorded } from "../../server/log/eventLog.ts"
import { anOrder, anyHistory, payToken, startOfTime } from "../support/checkouts.ts"

let count = 0

/** A new checkout that shares nothing with another one. */
const aNewPlan = (over: Parameters<typeof anOrder>[0] = {}, at = startOfTime): Plan => {
  count += 1
  const id = `019b0000-0000-7000-8000-${count.toString(16).padStart(12, "0")}`
  return open(id, anOrder({ orderId: `test-${id}`, payer: `payer-${count}`, ...over }), at)
}

const aToken = (): Fact => {
  count += 1
  return { type: "TokenMinted", at: startOfTime, payToken: `${payToken}-${count}` }
}

const accepted = (recorded: Recorded, fact: Fact): Plan => {
  const planned = plan(recorded.checkout, fact)
  if (planned._tag === "Refused") throw new Error(`${fact.type} is refused`)
  return planned
}

/** A checkout that was just opened, and is due so long after. */
export const opened = (over: Parameters<typeof anOrder>[0] = {}, dueAfterMs: number | null = null) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const entry = appendOf(null, aNewPlan(over), dueAfterMs)
    yield* log.append(entry)
    return entry.recorded
  })

const minted = Effect.gen(function* () {
  const log = yield* EventLog
  const recorded = yield* opened()
  const entry = appendOf(recorded, accepted(recorded, aToken()), null)
  yield* log.append(entry)
  return entry.recorded
})

const hourMs = 3_600_000

/** So long before the beginning of the clocks that tests set, and before what the true one says. */
const hoursBefore = (hours: number) => new Date(-hours * hourMs).toISOString()

/** A checkout that was opened and minted at these times, and is not finished. */
const mintedAt = (openedAt: string, mintedAt: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const opening = appendOf(null, aNewPlan({}, openedAt), hourMs)
    const minting = appendOf(
      opening.recorded,
      accepted(opening.recorded, { ...aToken(), at: mintedAt }),
      hourMs,
    )
    for (const entry of [opening, minting]) yield* log.append(entry)
    return minting.recorded
  })

export const eventLogLaws = (name: string, log: Layer.Layer<EventLog>) =>
  describe(`the event log in ${name}`, () => {
    it.layer(log)((it) => {
      it.effect("gives back what was appended, found by each of its names", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const recorded = yield* minted
          const { checkoutId, context } = recorded.checkout
          expect(yield* log.find({ by: "checkoutId", value: checkoutId })).toEqual(recorded)
          expect(yield* log.find({ by: "orderId", value: context.order.orderId })).toEqual(recorded)
          expect(yield* log.find({ by: "payToken", value: context.payToken ?? "" })).toEqual(recorded)
        }),
      )

      it.effect("knows nothing of what was never appended", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          expect(yield* log.find({ by: "payToken", value: "nobody's" })).toBeNull()
          const { checkoutId } = (yield* opened()).checkout
          for (const value of [
            "",
            "test-",
            `live-${checkoutId}`,
            `test-${checkoutId.toUpperCase()}`,
            checkoutId,
            `test-${checkoutId}\n`,
            "test-019b0000-0000-7000-8000-ffffffffffff",
          ]) {
            expect(yield* log.find({ by: "orderId", value }), value).toBeNull()
          }
          expect(yield* log.history("019b0000-0000-7000-8000-ffffffffffff")).toEqual([])
        }),
      )

      it.effect("two writers at one version: one wins, the other is told", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const recorded = yield* minted
          const facts: ReadonlyArray<Fact> = [
            { type: "AuthenticationStarted", at: startOfTime },
            { type: "AuthenticationSucceeded", at: startOfTime },
            { type: "AuthenticationRejected", at: startOfTime, reason: null },
          ]
          const results = yield* Effect.all(
            facts.map((fact) =>
              Effect.result(log.append(appendOf(recorded, accepted(recorded, fact), null))),
            ),
            { concurrency: "unbounded" },
          )
          expect(results.filter((result) => result._tag === "Success")).toHaveLength(1)
          for (const result of results) {
            if (result._tag === "Failure") expect(result.failure._tag).toBe("VersionConflict")
          }
          expect(yield* log.history(recorded.checkout.checkoutId)).toHaveLength(3)
        }),
      )

      it.effect("a checkout is opened once", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const entry = appendOf(null, aNewPlan(), null)
          const results = yield* Effect.all([log.append(entry), log.append(entry)].map(Effect.result), {
            concurrency: "unbounded",
          })
          expect(results.map((result) => result._tag).sort()).toEqual(["Failure", "Success"])
        }),
      )

      it.effect("many appends at the same moment keep their own versions and answers", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const all = yield* Effect.all(
            Array.from({ length: 100 }, () => minted),
            { concurrency: "unbounded" },
          )
          for (const recorded of all) {
            expect(yield* log.find({ by: "checkoutId", value: recorded.checkout.checkoutId })).toEqual(
              recorded,
            )
          }
        }),
      )

      it.effect(
        "a claim is held by one checkout, the loser leaves no trace, and neighbours are not harmed",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            const payer = `claimer-${count}`
            const claims = [{ kind: "key" as const, value: "k-1", fingerprint: "f-1" }]
            const rivals = Array.from({ length: 5 }, () => appendOf(null, aNewPlan({ payer }), null, claims))
            const neighbours = Array.from({ length: 5 }, () => appendOf(null, aNewPlan(), null))
            const results = yield* Effect.all(
              [...rivals, ...neighbours].map((entry) => Effect.result(log.append(entry))),
              {
                concurrency: "unbounded",
              },
            )
            const won = results.slice(0, 5).filter((result) => result._tag === "Success")
            expect(won).toHaveLength(1)
            expect(results.slice(5).every((result) => result._tag === "Success")).toBe(true)
            const holder = yield* log.claimHolder(payer, "key", "k-1")
            for (const [index, entry] of rivals.entries()) {
              const { checkoutId } = entry.recorded.checkout
              const found = yield* log.find({ by: "checkoutId", value: checkoutId })
              expect(found === null).toBe(results[index]?._tag === "Failure")
              if (found !== null) expect(holder).toEqual({ checkoutId, fingerprint: "f-1" })
            }
          }),
      )

      it.effect("a checkout can hold one more claim, and never somebody else's", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const payer = `adder-${count}`
          const claim = { kind: "key" as const, value: "k", fingerprint: "f" }
          const [mine, other] = [yield* opened({ payer }), yield* opened({ payer })]
          yield* log.addClaim(payer, claim, mine.checkout.checkoutId)
          yield* log.addClaim(payer, claim, other.checkout.checkoutId)
          const holder = { checkoutId: mine.checkout.checkoutId, fingerprint: "f" }
          expect(yield* log.claimHolder(payer, "key", "k")).toEqual(holder)
        }),
      )

      it.effect("a payToken is of one checkout: giving it to another is refused, and leaves no trace", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const held = yield* minted
          const token = held.checkout.context.payToken ?? ""
          const [other, neighbour] = [yield* opened(), yield* opened()]
          const twice: Fact = { type: "TokenMinted", at: startOfTime, payToken: token }
          const [refused, written] = yield* Effect.all(
            [
              Effect.exit(log.append(appendOf(other, accepted(other, twice), null))),
              Effect.exit(log.append(appendOf(neighbour, accepted(neighbour, aToken()), null))),
            ],
            { concurrency: "unbounded" },
          )
          expect(Exit.isFailure(refused) && Cause.hasDies(refused.cause)).toBe(true)
          expect(Exit.isSuccess(written)).toBe(true)
          expect(yield* log.find({ by: "payToken", value: token })).toEqual(held)
          expect(yield* log.find({ by: "checkoutId", value: other.checkout.checkoutId })).toEqual(other)
        }),
      )

      it.effect("an order id names its own checkout, and none is recorded under another", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const { order } = (yield* opened()).checkout.context
          const stranger = aNewPlan({ orderId: order.orderId })
          const exit = yield* Effect.exit(log.append(appendOf(null, stranger, null)))
          expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
          expect(yield* log.history(stranger.checkout.checkoutId)).toEqual([])
        }),
      )

      it.effect("a claim is let go only by its holder", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const payer = `holder-${count}`
          const claims = [{ kind: "reference" as const, value: "r", fingerprint: "f" }]
          const entry = appendOf(null, aNewPlan({ payer }), null, claims)
          yield* log.append(entry)
          yield* log.releaseClaim(payer, "reference", "r", "019b0000-0000-7000-8000-fffffffffff0")
          expect(yield* log.claimHolder(payer, "reference", "r")).not.toBeNull()
          yield* log.releaseClaim(payer, "reference", "r", entry.recorded.checkout.checkoutId)
          expect(yield* log.claimHolder(payer, "reference", "r")).toBeNull()
        }),
      )

      it.effect("a payer's orders come newest first, page by page, and nobody else's among them", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const payer = `lister-${count}`
          const mine: Array<string> = []
          for (let index = 0; index < 5; index += 1) {
            mine.unshift((yield* opened({ payer })).checkout.checkoutId)
            yield* opened()
          }
          const first = yield* log.ofPayer(payer, 3, null)
          const last = first.at(-1)?.checkout
          const second = yield* log.ofPayer(payer, 3, {
            createdAt: last?.context.openedAt ?? "",
            checkoutId: last?.checkoutId ?? "",
          })
          expect([...first, ...second].map(({ checkout }) => checkout.checkoutId)).toEqual(mine)
        }),
      )

      it.effect("what is due is handed to one taker at a time, and what is not due to none", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const due = yield* Effect.all(Array.from({ length: 10 }, () => opened({}, 0)))
          const later = yield* opened({}, 3_600_000)
          const never = yield* opened({}, null)
          const taken = (yield* Effect.all(
            Array.from({ length: 4 }, () => log.takeDue({ limit: 5, holdMs: 60_000, perMinute: 60_000 })),
            { concurrency: "unbounded" },
          )).flat()
          const ids = taken.map((one) => one.checkoutId)
          expect(new Set(ids).size).toBe(ids.length)
          expect(ids.sort()).toEqual(due.map(({ checkout }) => checkout.checkoutId).sort())
          expect(yield* log.takeIfDue(later.checkout.checkoutId, { holdMs: 1, perMinute: 60_000 })).toBeNull()
          expect(yield* log.takeIfDue(never.checkout.checkoutId, { holdMs: 1, perMinute: 60_000 })).toBeNull()
          const one = yield* opened({}, 0)
          expect(
            yield* log.takeIfDue(one.checkout.checkoutId, { holdMs: 60_000, perMinute: 60_000 }),
          ).toEqual({
            checkoutId: one.checkout.checkoutId,
            version: 1,
          })
          expect(
            yield* log.takeIfDue(one.checkout.checkoutId, { holdMs: 60_000, perMinute: 60_000 }),
          ).toBeNull()
        }),
      )

      it.effect("what was taken is handed out again once its hold is over, and not before", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const { checkoutId } = (yield* opened({}, 0)).checkout
          const isTaken = (taken: ReadonlyArray<Due>) => taken.some((one) => one.checkoutId === checkoutId)
          const taking = { limit: 1_000, perMinute: 600_000 }
          expect(isTaken(yield* log.takeDue({ ...taking, holdMs: 0 }))).toBe(true)
          expect(yield* log.takeIfDue(checkoutId, { ...taking, holdMs: 0 })).not.toBeNull()
          expect(isTaken(yield* log.takeDue({ ...taking, holdMs: 60_000 }))).toBe(true)
          expect(isTaken(yield* log.takeDue({ ...taking, holdMs: 0 }))).toBe(false)
          expect(yield* log.takeIfDue(checkoutId, { ...taking, holdMs: 0 })).toBeNull()
        }),
      )

      it.effect("the unfinished are listed by where they stand, and counted with what is due", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const before = yield* log.backlog
          const first = yield* opened({}, 0)
          const second = yield* opened({}, 3_600_000)
          yield* opened({}, null)
          const { openedAt } = first.checkout.context
          const oldestSince = [before.oldestSince ?? openedAt, openedAt].sort()[0]
          expect(yield* log.backlog).toEqual({
            unfinished: before.unfinished + 2,
            due: before.due + 1,
            oldestSince,
          })
          const found = yield* log.unfinishedIn([first.checkout.state], 1_000)
          expect(found).toEqual(expect.arrayContaining([first, second]))
          expect(found).toHaveLength(before.unfinished + 2)
          expect(yield* log.unfinishedIn([first.checkout.state], 1)).toHaveLength(1)
          expect(yield* log.unfinishedIn(["executing.review"], 1_000)).toEqual([])
        }),
      )

      it.effect("of the unfinished those come first that have stood there longest", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const first = yield* mintedAt(hoursBefore(9), hoursBefore(6))
          const second = yield* mintedAt(hoursBefore(8), hoursBefore(7))
          const third = yield* mintedAt(hoursBefore(7), hoursBefore(5))
          const found = yield* log.unfinishedIn([first.checkout.state], 1_000)
          expect(found.slice(0, 3)).toEqual([second, first, third])
          expect(yield* log.unfinishedIn([first.checkout.state], 1)).toEqual([second])
        }),
      )

      it.effect(
        "held up is what came into such a state so long ago, from another one or as its first, the longest there first",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            const { checkout } = yield* mintedAt(hoursBefore(3), hoursBefore(2))
            const { checkoutId, state, context } = checkout
            const [opening] = yield* log.history(checkoutId)
            const among = (paths: ReadonlyArray<StatePath>, longerThanMs: number) =>
              Effect.map(log.heldUp(paths, longerThanMs), (found) =>
                found.filter((one) => one.checkoutId === checkoutId),
              )
            const { orderId, amount } = context.order
            const one = { checkoutId, orderId, amount, state }
            const since = (version: number, hours: number) => [{ ...one, version, since: hoursBefore(hours) }]
            expect(yield* among([opening?.to as StatePath, state], hourMs)).toEqual(since(1, 3))
            expect(yield* among([state], hourMs)).toEqual(since(2, 2))
            expect(yield* among([state], 1_000 * 365 * 24 * hourMs)).toEqual([])
            expect(yield* among([opening?.to as StatePath], hourMs)).toEqual([])
            const earlier = yield* mintedAt(hoursBefore(5), hoursBefore(4))
            const ids = (yield* log.heldUp([state], hourMs)).map((found) => found.checkoutId)
            const mine = [earlier.checkout.checkoutId, checkoutId]
            expect(ids.filter((id) => mine.includes(id))).toEqual(mine)
          }),
      )

      it.effect(
        "any history reads back as the checkout that wrote it, gapless and chained",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            const run = Effect.runPromiseWith(yield* Effect.context<never>())
            yield* Effect.promise(() =>
              fc.assert(
                fc.asyncProperty(anyHistory, (facts) =>
                  run(
                    Effect.gen(function* () {
                      let recorded = yield* opened().pipe(Effect.provideService(EventLog, log))
                      for (const fact of facts) {
                        const mine = fact.type === "TokenMinted" ? aToken() : fact
                        const decision = decide(recorded.checkout, mine)
                        if (decision._tag === "Refused") continue
                        const entry = appendOf(recorded, accepted(recorded, mine), null)
                        yield* log.append(entry)
                        recorded = entry.recorded
                      }
                      const { checkoutId } = recorded.checkout
                      const rows = yield* log.history(checkoutId)
                      expect(rows.map((row) => row.version)).toEqual(rows.map((_, index) => index + 1))
                      for (const [index, row] of rows.entries()) {
                        const { hash, ...rest } = row
                        expect(hash).toBe(hashOf(rest))
                        expect(row.prevHash).toBe(rows[index - 1]?.hash ?? null)
                        expect(row.from).toBe(rows[index - 1]?.to ?? null)
                        expect(factOf(row).type).toBe(row.type)
                      }
                      expect(fold(checkoutId, rows)).toEqual(recorded)
                      expect(yield* log.find({ by: "checkoutId", value: checkoutId })).toEqual(recorded)
                    }),
                  ),
                ),
                { numRuns: 40, seed: inject("seed") },
              ),
            )
          }),
        60_000,
      )
    })

    it.layer(Layer.fresh(log))("whose pace is slow", (it) => {
      it.effect(
        "hands out no more than one burst at once, however many takers there are and however they ask",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            yield* Effect.all(Array.from({ length: 12 }, () => opened({}, 0)))
            const taking = { limit: 5, holdMs: 60_000, perMinute: 20 }
            const taken = yield* Effect.all(
              Array.from({ length: 4 }, () => log.takeDue(taking)),
              { concurrency: "unbounded" },
            )
            expect(taken.flat()).toHaveLength(4)
            expect((yield* log.backlog).due).toBe(8)
            const another = yield* opened({}, 0)
            expect(yield* log.takeIfDue(another.checkout.checkoutId, taking)).toBeNull()
            expect(yield* log.takeTurns(1, taking.perMinute)).toBe(0)
          }),
      )
    })

    it.layer(Layer.fresh(log))("asked for turns by those who can wait", (it) => {
      it.effect("gives them half of the burst, and keeps the rest for what is due", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          yield* Effect.all(Array.from({ length: 12 }, () => opened({}, 0)))
          const turns = yield* Effect.all(
            Array.from({ length: 4 }, () => log.takeTurns(5, 20)),
            { concurrency: "unbounded" },
          )
          expect(turns.reduce((sum, one) => sum + one, 0)).toBe(6)
          expect(yield* log.takeDue({ limit: 5, holdMs: 60_000, perMinute: 20 })).toHaveLength(2)
        }),
      )
    })
  })
