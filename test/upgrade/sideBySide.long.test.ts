/** A rolling upgrade as it is: processes of this release and of the next, over one database, under load, killed and taken back. */

import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { afterAll, beforeAll, expect, inject } from "vitest"
import { machineVersion } from "../../machines/index.ts"
import type { Books } from "../chaos/books.ts"
import type { Fleet } from "../chaos/programs.ts"
import { SeededRandom } from "../simulation/random.ts"
import { run, runOf } from "../support/cli.ts"
import { makeNextRelease, type NextRelease, newMove, nextVersion } from "./nextRelease.ts"
import { anyOf, upgradingShop } from "./sideBySide.ts"

const longestMs = 240_000

let next: NextRelease
beforeAll(async () => {
  next = await makeNextRelease()
})
afterAll(() => next.remove())

/** Of each checkout the versions of the machine that wrote its history, in their order. */
const writersOf = ({ histories }: Books) =>
  [...histories.values()].map((events) =>
    [...new Set(events.map(({ machineVersion }) => machineVersion))].join(),
  )

const movesIn = ({ histories }: Books) =>
  [...histories.values()].flatMap((events) =>
    events.map(({ from, type, to, machineVersion }) => ({ move: `${from} ${type} ${to}`, machineVersion })),
  )

const outdated = { status: 503, body: { ok: false, reason: "SERVER_OUTDATED" } }

/** Whatever else than that what the newer has taken on is left to it. */
const unexpected = (away: ReadonlyArray<string>) => away.filter((why) => why !== "503 SERVER_OUTDATED")

type Shop = Effect.Success<typeof upgradingShop>

/** A buyer who has authenticated, told to a server; the token. */
const authenticated = (shop: Shop, server: Fleet, userKey: string) =>
  Effect.gen(function* () {
    const { body } = yield* shop.ask(server, "/api/payment/create", { amount: 5000 }, userKey)
    const payToken = String(body["payToken"])
    yield* Effect.promise(() => shop.bank.sheet(payToken, "approve"))
    yield* report(shop, server, payToken, "succeeded", userKey)
    return payToken
  })

const report = (shop: Shop, server: Fleet, payToken: string, outcome: string, userKey: string) =>
  shop.ask(server, "/api/payment/authentication", { payToken, outcome }, userKey)

/**
 * A checkout that this release began and the next has taken on by the move that it alone has. Where recovery was faster than
 * the buyer, the next buyer is asked.
 */
const takenOn = (shop: Shop, present: Fleet, newer: Fleet) =>
  Effect.gen(function* () {
    for (let nth = 0; ; nth += 1) {
      const userKey = `park-${nth}`
      const payToken = yield* authenticated(shop, present, userKey)
      // This release takes no notice, so the checkout is anybody's until the next one does.
      expect((yield* report(shop, present, payToken, "started", userKey)).status).toBe(200)
      const { body } = yield* report(shop, newer, payToken, "started", userKey)
      if (body["state"] === "authenticating") return { payToken, userKey }
    }
  })

const execute = (shop: Shop, server: Fleet, payToken: string, userKey: string) =>
  shop.ask(server, "/api/payment/execute", { payToken }, userKey)

describe("this release and the next, side by side", () => {
  it.live(
    "finish each other's checkouts, also when one of them dies: every history is legal for who wrote it, nobody is charged twice, and all end",
    () =>
      Effect.gen(function* () {
        const shop = yield* upgradingShop
        const present = yield* shop.serving("present", inject("program"))
        const alone = yield* Effect.forkChild(shop.shopping(present, 10))
        // Brings the schema up to date beside buyers of the present release.
        const newer = yield* shop.serving("next", next.program)
        yield* Fiber.join(alone)

        const { payToken, userKey } = yield* takenOn(shop, present, newer)
        expect(yield* execute(shop, present, payToken, userKey)).toMatchObject(outdated)
        expect(yield* execute(shop, newer, payToken, userKey)).toMatchObject({
          status: 200,
          body: { ok: true },
        })

        const random = new SeededRandom(inject("seed"))
        const deaths = new Map([
          [15, newer],
          [30, present],
          [45, newer],
        ])
        yield* shop.shopping(anyOf(present, newer), 60, async (nth) => deaths.get(nth)?.kill(random))

        const books = yield* shop.booksAtTheEnd
        expect(next.judge(books)).toEqual([])
        expect(unexpected(shop.answers.away)).toEqual([])
        expect(present.tally.kills + newer.tally.kills).toBe(3)
        // All of it has really been there.
        expect(new Set(writersOf(books))).toEqual(
          new Set([`${machineVersion}`, `${nextVersion}`, `${machineVersion},${nextVersion}`]),
        )
        expect(movesIn(books)).toContainEqual({ move: newMove, machineVersion: nextVersion })
        expect(shop.answers.executed.some(({ reply }) => reply.body["ok"] === true)).toBe(true)
        const older = yield* run(shop.env, "audit", "verify", "--from-start")
        expect(older).toMatchObject({
          code: 0,
          out: expect.stringMatching(/a newer release wrote [1-9]\d* of them/),
        })
        expect(yield* runOf(next.program, shop.env, "audit", "verify", "--from-start")).toMatchObject({
          code: 0,
        })
      }).pipe(Effect.scoped),
    longestMs,
  )

  it.live(
    "when the next is taken back, this one goes on and leaves alone what it wrote, until it comes again",
    () =>
      Effect.gen(function* () {
        const shop = yield* upgradingShop
        const present = yield* shop.serving("present", inject("program"))
        const [theirs, shared] = yield* Effect.scoped(
          Effect.gen(function* () {
            const newer = yield* shop.serving("next", next.program)
            const theirs = yield* authenticated(shop, newer, "lee")
            return [theirs, yield* takenOn(shop, present, newer)] as const
          }),
        )
        const written = (books: Books) =>
          books.checkouts.filter(({ payToken }) => payToken === theirs || payToken === shared.payToken)

        expect(yield* execute(shop, present, theirs, "lee")).toMatchObject(outdated)
        expect(yield* execute(shop, present, shared.payToken, shared.userKey)).toMatchObject(outdated)
        const ours = yield* authenticated(shop, present, "kim")
        expect(yield* execute(shop, present, ours, "kim")).toMatchObject({ status: 200, body: { ok: true } })
        const before = written(yield* shop.booksNow)
        // Long enough for recovery to look at what is overdue, many times.
        yield* shop.shopping(present, 20)
        expect(unexpected(shop.answers.away)).toEqual([])
        expect(written(yield* shop.booksNow)).toEqual(before)

        yield* shop.serving("next again", next.program)
        const books = yield* shop.booksAtTheEnd
        expect(next.judge(books)).toEqual([])
        expect(written(books).map(({ state }) => state)).not.toEqual(before.map(({ state }) => state))
      }).pipe(Effect.scoped),
    longestMs,
  )
})
