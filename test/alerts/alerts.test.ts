import { X509Certificate } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { executingStates } from "../../machines/index.ts"
import { Alerts, alertKinds } from "../../server/alerts/alerts.ts"
import { noticeVerified } from "../../server/alerts/chain.ts"
import { memoryAlerts } from "../../server/alerts/memory.ts"
import { closeAbout } from "../../server/alerts/notice.ts"
import { orderAlerts } from "../../server/alerts/orders.ts"
import { postgresAlerts } from "../../server/alerts/postgres.ts"
import { alertWatch, look } from "../../server/alerts/watch.ts"
import { rowFinding } from "../../server/integrity/finding.ts"
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
import { ClientCertificate, type Credentials } from "../../server/tosspay/certificate.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { startOfTime } from "../support/checkouts.ts"
import { freshDatabase } from "../support/database.ts"
import {
  executed,
  executingOrder,
  happen,
  openOrder,
  refundBegun,
  reported,
  settledOrder,
  tokenMinted,
} from "../support/orders.ts"
import { recordsInMemory, recordsInPostgres } from "../support/records.ts"
import { alertLaws } from "./alertLaws.ts"

alertLaws("memory", memoryAlerts)
alertLaws("PostgreSQL", Layer.orDie(Layer.provide(postgresAlerts, freshDatabase)))

const noCertificate = Layer.orDie(ClientCertificate.layer({ certFile: null, keyFile: null, caFile: null }))
const inMemory = Layer.merge(recordsInMemory, noCertificate)
const inPostgres = Layer.merge(recordsInPostgres, noCertificate)

const minuteMs = 60_000

const all = Effect.map(
  Effect.flatMap(Alerts, (alerts) => alerts.latest(100)),
  (alerts) =>
    alerts.map(({ kind, subject, endedAt }) => `${kind} ${subject} ${endedAt === null ? "open" : "over"}`),
)

const orderIdOf = ({ checkout }: Effect.Success<typeof executingOrder>) => checkout.context.order.orderId

describe("a mismatch", () => {
  it.effect(
    "is an alert at once, until the money is back; none is forgotten, and repeated messages change nothing",
    () =>
      Effect.gen(function* () {
        const alerts = yield* Alerts
        yield* Layer.build(orderAlerts)
        const refunded = yield* happen(yield* executingOrder, executed({ amount: 1 }))
        const held = yield* happen(yield* executingOrder, executed({ mode: "LIVE" }))
        yield* settledOrder
        yield* TestClock.adjust(2_000)
        yield* TestClock.adjust(2_000)
        expect((yield* all).sort()).toEqual(
          [`mismatch ${orderIdOf(refunded)} open`, `mismatch ${orderIdOf(held)} open`].sort(),
        )
        const [{ detail } = { detail: "" }] = (yield* alerts.open).filter(
          ({ subject }) => subject === orderIdOf(refunded),
        )
        expect(detail).toContain("AMOUNT_MISMATCH")
        yield* happen(refunded, reported("REFUND_SUCCESS", { amount: 1 }))
        yield* TestClock.adjust(4_000)
        yield* TestClock.adjust(4_000)
        const ended = [`mismatch ${orderIdOf(refunded)} over`, `mismatch ${orderIdOf(held)} open`].sort()
        expect((yield* all).sort()).toEqual(ended)
        yield* (yield* Deliveries).retry({ subscription: "alerts" })
        for (let look = 0; look < 5; look += 1) yield* TestClock.adjust(2_000)
        expect((yield* all).sort()).toEqual(ended)
        expect(yield* (yield* Deliveries).status).toMatchObject([{ waiting: 0, dead: 0 }])
      }).pipe(Effect.scoped, Effect.provide(inMemory)),
  )
})

describe("a refund of which nothing came", () => {
  const refused = { type: "RefundRefused", attempt: 1, code: "INACTIVE_USER", message: null } as const

  /** `time` lets some pass. */
  const story = (time: Effect.Effect<void>) =>
    Effect.gen(function* () {
      yield* Layer.build(orderAlerts)
      const alerts = yield* Alerts
      const deliveries = yield* Deliveries
      const whole = [{ type: "StatusAsked" }, reported("PAY_COMPLETE")] as const
      const failed = yield* happen(yield* settledOrder, ...refundBegun, refused, ...whole)
      const final = yield* happen(yield* settledOrder, ...refundBegun, reported("SETTLEMENT_COMPLETE"))
      yield* happen(yield* settledOrder, ...refundBegun, reported("REFUND_SUCCESS"))
      const open = Effect.map(alerts.open, (all) =>
        all.map(({ subject, detail }) => [subject, detail] as const),
      )
      yield* Effect.repeat(Effect.andThen(time, open), { until: (found) => found.length >= 2 })
      expect(Object.fromEntries(yield* open)).toEqual({
        [orderIdOf(failed)]: expect.stringMatching(/^INACTIVE_USER, settled.paid since 2026/),
        [orderIdOf(final)]: expect.stringMatching(/^SETTLEMENT_COMPLETE, settled.paid since 2026/),
      })
      yield* happen(failed, reported("REFUND_SUCCESS", { refundableAmount: 0 }))
      expect(yield* closeAbout(orderIdOf(final), "kim", "paid by bank transfer")).toBe(true)
      expect(yield* closeAbout(orderIdOf(final), "kim", "again")).toBe(false)
      yield* Effect.repeat(Effect.andThen(time, open), { until: (found) => found.length === 0 })
      yield* deliveries.retry({ subscription: "alerts" })
      yield* Effect.repeat(Effect.andThen(time, deliveries.status), {
        until: ([status]) => status?.waiting === 0,
      })
      expect(yield* open).toEqual([])
    }).pipe(Effect.scoped)

  const law = "is an alert until the money is back or a person says that it is dealt with"

  it.effect(`${law}, in memory`, () => story(TestClock.adjust(2_000)).pipe(Effect.provide(inMemory)))

  // By its own clock: a try may take 40 s, and a test's would let them pass while PostgreSQL answers.
  it.live(`${law}, in PostgreSQL`, () => story(Effect.void).pipe(Effect.provide(inPostgres)))
})

describe("an execution without an outcome", () => {
  it.effect("is an alert after ten minutes, until there is one", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const executing = yield* happen(yield* executingOrder, {
        type: "OutcomeUnknown",
        attempt: 1,
        cause: "TIMEOUT",
      })
      yield* TestClock.adjust(9 * minuteMs)
      yield* look
      expect(yield* all).toEqual([])
      yield* TestClock.adjust(2 * minuteMs)
      yield* look
      yield* look
      expect(yield* all).toEqual([`outcome-unknown ${orderIdOf(executing)} open`])
      yield* happen(executing, executed())
      yield* look
      expect(yield* all).toEqual([`outcome-unknown ${orderIdOf(executing)} over`])
    }).pipe(Effect.provide(inMemory)),
  )

  /** No execution of ours began: TossPay said that one is under way, and then nothing for a day. */
  const unheardOf = Effect.flatMap(openOrder, (recorded) =>
    happen(
      recorded,
      tokenMinted,
      { type: "AuthenticationUnknown", reason: null },
      { type: "StatusAsked" },
      reported("PAY_PROGRESS"),
    ),
  )

  for (const [where, layer] of [
    ["memory", inMemory],
    ["PostgreSQL", inPostgres],
  ] as const) {
    it.effect(`is one too where only TossPay knows of it, and one for as long as it lasts, in ${where}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.now())
        const unheard = yield* unheardOf
        expect(executingStates).toContain(unheard.checkout.state)
        yield* look
        const asked = yield* happen(unheard, { type: "StatusAsked" }, reported("PAY_PROGRESS"))
        yield* look
        expect(yield* all).toEqual([`outcome-unknown ${orderIdOf(asked)} open`])
      }).pipe(Effect.provide(layer)),
    )
  }

  it.effect("is found in PostgreSQL too, by all servers and raised once", () =>
    Effect.gen(function* () {
      // Recorded in January 2026: longer than ten minutes ago by every clock.
      const executing = yield* executingOrder
      yield* settledOrder
      yield* Effect.all([look, look, look], { concurrency: "unbounded" })
      expect(yield* all).toEqual([`outcome-unknown ${orderIdOf(executing)} open`])
    }).pipe(Effect.provide(inPostgres)),
  )
})

describe("a refund without an outcome", () => {
  const lost = { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as const
  const asking = [{ type: "StatusAsked" }, { type: "StatusUnavailable", cause: "TIMEOUT" }] as const
  const aDayOfQuestions = Array.from({ length: 16 }, () => asking).flat()

  const story = Effect.gen(function* () {
    const unknown = yield* happen(yield* settledOrder, ...refundBegun, lost)
    yield* look
    expect(yield* all).toEqual([])
    const stuck = yield* happen(unknown, ...aDayOfQuestions)
    expect(stuck.checkout.state).toBe("settled.stuck")
    yield* look
    yield* look
    expect(yield* all).toEqual([`refund-stuck ${orderIdOf(stuck)} open`])
    yield* happen(stuck, reported("REFUND_SUCCESS"))
    yield* look
    expect(yield* all).toEqual([`refund-stuck ${orderIdOf(stuck)} over`])
  })

  it.effect("is an alert once a day of questions left it to a person, until there is one", () =>
    Effect.provide(story, inMemory),
  )
  it.effect("is found in PostgreSQL too", () => Effect.provide(story, inPostgres))
})

describe("what subscriptions need a person for", () => {
  it.effect(
    "dead letters are one alert for a subscription, until none is left; a pause until it is resumed",
    () =>
      Effect.gen(function* () {
        const deliveries = yield* Deliveries
        const worker = "00000000-0000-4000-8000-000000000001"
        yield* deliveries.register("ship", { checkouts: null })
        yield* deliveries.hold("ship", worker, minuteMs)
        const notices = [1, 2].map((number) => ({
          kind: "settled" as const,
          topic: `00000000-0000-4000-8000-00000000000${number}`,
          version: 5,
          subject: `order-${number}`,
          happenedAt: "2026-01-01T00:00:00.000Z",
        }))
        const to = { position: 1, topic: worker, version: 1 }
        yield* deliveries.enqueue("ship", "checkouts", null, to, notices)
        yield* Effect.forEach(yield* deliveries.take("ship", worker, 10, minuteMs), (taken) =>
          deliveries.failed(taken, "no", null),
        )
        yield* look
        yield* look
        expect(yield* all).toEqual(["dead-letters ship open"])
        yield* deliveries.retry({ keys: [{ subscription: "ship", ...(notices[0] ?? expect.fail()) }] })
        yield* look
        expect(yield* all).toEqual(["dead-letters ship open"])
        yield* deliveries.retry({ subscription: "ship", state: "dead" })
        yield* deliveries.pause("ship", "410")
        yield* look
        expect((yield* all).sort()).toEqual(["dead-letters ship over", "subscription-paused ship open"])
        yield* deliveries.resume("ship")
        yield* look
        expect((yield* all).sort()).toEqual(["dead-letters ship over", "subscription-paused ship over"])
      }).pipe(Effect.provide(inPostgres)),
  )
})

describe("the client certificate", () => {
  const december = (day: number) => Date.UTC(2030, 11, day)
  const authority = makeAuthority("TossPay")
  const first = authority.issue("shop", { to: new Date(december(31)) })
  const renewed = authority.issue("shop", { to: new Date(Date.UTC(2032, 0, 1)) })

  const files = Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "tosspay-checkout-cert-"))),
    (folder) => Effect.promise(() => rm(folder, { recursive: true })),
  ).pipe(
    Effect.map((folder) => ({
      certFile: join(folder, "cert.pem"),
      keyFile: join(folder, "key.pem"),
      caFile: null,
    })),
  )

  it.effect("is an alert thirty days before it expires, until the one in use is another", () =>
    Effect.gen(function* () {
      const own = yield* files
      writeFileSync(own.certFile, first.cert)
      writeFileSync(own.keyFile, first.key)
      yield* TestClock.setTime(december(1) - minuteMs)
      yield* Effect.gen(function* () {
        yield* Layer.build(alertWatch)
        yield* TestClock.adjust(1)
        expect(yield* all).toEqual([])
        yield* TestClock.adjust(2 * minuteMs)
        expect(yield* all).toEqual(["certificate-expiring TOSSPAY_CERT_FILE open"])
        const [alert] = yield* (yield* Alerts).open
        expect(alert?.detail).toContain("expires 2030-12-31T00:00:00.000Z")
        // Without its key it is not in use, and the alert is not over.
        writeFileSync(own.certFile, renewed.cert)
        yield* TestClock.adjust(2 * minuteMs)
        expect(yield* all).toEqual(["certificate-expiring TOSSPAY_CERT_FILE open"])
        writeFileSync(own.keyFile, renewed.key)
        yield* TestClock.adjust(2 * minuteMs)
        expect(yield* all).toEqual(["certificate-expiring TOSSPAY_CERT_FILE over"])
      }).pipe(Effect.provide(ClientCertificate.layer(own)))
    }).pipe(Effect.scoped, Effect.provide(inMemory)),
  )

  /** A server whose certificate can be renewed, and that looks for alerts when it is told to. */
  const aServer = ({ cert, key }: typeof first) => {
    const own = new X509Certificate(cert)
    let inUse: Credentials = {
      pem: { cert, key },
      own: { fingerprint: own.fingerprint256, expiresAtMs: own.validToDate.getTime() },
    }
    return {
      looks: Effect.provideService(look, ClientCertificate, { inUse: () => inUse }),
      renew: (by: typeof first) => {
        inUse = aServer(by).inUse()
      },
      inUse: () => inUse,
    }
  }
  const open = "certificate-expiring TOSSPAY_CERT_FILE open"

  const story = Effect.gen(function* () {
    yield* TestClock.setTime(december(15))
    const [one, two] = [aServer(first), aServer(first)]
    const bothLook = Effect.repeat(Effect.andThen(one.looks, two.looks), { times: 3 })
    yield* bothLook
    expect(yield* all).toEqual([open])
    one.renew(renewed)
    yield* bothLook
    const [still, ...before] = yield* all
    expect(still).toBe(open)
    expect(before).toHaveLength(1)
    // One that starts with a good certificate ends it no more often than one that was renewed.
    const three = aServer(renewed)
    yield* Effect.repeat(Effect.andThen(three.looks, bothLook), { times: 3 })
    expect((yield* all).filter((alert) => alert === open)).toEqual([open])
    expect(yield* all).toHaveLength(3)
    two.renew(renewed)
    yield* Effect.andThen(bothLook, three.looks)
    expect((yield* all).filter((alert) => alert === open)).toEqual([])
  })

  it.effect("is an alert for as long as any server uses the old one", () => Effect.provide(story, inMemory))
  it.effect("is one in PostgreSQL too", () => Effect.provide(story, inPostgres))

  it.effect("is no alert any more once the only server starts again with a renewed one", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(december(15))
      yield* aServer(first).looks
      expect(yield* all).toEqual([open])
      yield* aServer(renewed).looks
      expect(yield* all).toEqual(["certificate-expiring TOSSPAY_CERT_FILE over"])
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("that was good for long is an alert when its time comes", () =>
    Effect.gen(function* () {
      const server = aServer(first)
      yield* TestClock.setTime(december(1) - minuteMs)
      yield* server.looks
      expect(yield* all).toEqual([])
      yield* TestClock.setTime(december(1) + minuteMs)
      yield* server.looks
      expect(yield* all).toEqual([open])
    }).pipe(Effect.provide(inMemory)),
  )
})

describe("a broken chain", () => {
  const found = (howMany: number, words: string, fromStart = true, unjudged = 0) => ({
    ok: howMany === 0,
    unjudged,
    since: fromStart ? null : { checkpoint: 1, verifiedAt: startOfTime },
    findingCount: howMany,
    findings: howMany === 0 ? [] : [rowFinding("changed", "checkout 1", 2, words)],
  })

  it.effect("is one alert, until a look at the whole log that judges all of it finds nothing", () =>
    Effect.gen(function* () {
      yield* noticeVerified(found(3, "row 2 is not what its hash says"))
      yield* noticeVerified(found(4, "row 1 is not what its hash says"))
      yield* noticeVerified(found(0, "", false))
      yield* noticeVerified(found(0, "", true, 1))
      expect(yield* all).toEqual(["chain-broken checkout_event open"])
      yield* noticeVerified(found(0, ""))
      expect(yield* all).toEqual(["chain-broken checkout_event over"])
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("that is found again after its alert has ended is another alert, in the same words too", () =>
    Effect.gen(function* () {
      const broken = noticeVerified(found(1, "row 2 is not what its hash says"))
      yield* broken
      yield* noticeVerified(found(0, ""))
      yield* broken
      yield* broken
      expect((yield* all).sort()).toEqual([
        "chain-broken checkout_event open",
        "chain-broken checkout_event over",
      ])
    }).pipe(Effect.provide(inMemory)),
  )
})

describe("docs/runbook.md", () => {
  const page = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8")

  it.effect(
    "has a part for every kind of alert and for no other, each with what it means, how to look and what to do",
    () =>
      Effect.sync(() => {
        const parts = page.split(/^## /m).slice(1)
        const headings = parts
          .map((part) => part.split("\n")[0] ?? "")
          .filter((heading) => heading.startsWith("`"))
        expect(headings.sort()).toEqual(
          Object.keys(alertKinds)
            .map((kind) => `\`${kind}\``)
            .sort(),
        )
        for (const part of parts.filter((each) => each.startsWith("`"))) {
          for (const words of [
            "**What it means.**",
            "**How to look.**",
            "**What to do.**",
            "**When it ends.**",
          ]) {
            expect(part, part.split("\n")[0]).toContain(words)
          }
          const kind = part.split("\n")[0]?.replaceAll("`", "") as keyof typeof alertKinds
          expect(part).toContain(alertKinds[kind])
        }
      }),
  )
})
