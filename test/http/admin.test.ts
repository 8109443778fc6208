import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Schema, Scope } from "effect"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { Checkouts, CheckoutWithEvents, Events, Summary } from "../../server/http/admin/schemas.ts"
import { newKey } from "../integrity/sealedLog.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { listen } from "../support/eventSource.ts"
import { Database, Shop, shop } from "../support/server.ts"

const token = "the-back-office-7"
const bearer = { authorization: `Bearer ${token}` }

const admin = (path: string, headers: Record<string, string> = bearer) =>
  Effect.flatMap(Shop, (shop) => shop.call("GET", `/admin/api${path}`, undefined, { headers }))

const create = (as: string, body: object = { items: [{ sku: "coffee", quantity: 2 }] }) =>
  Effect.gen(function* () {
    const { body: created } = yield* (yield* Shop).call("POST", "/api/payment/create", body, { as })
    return created as { readonly orderId: string; readonly payToken: string }
  })

const pay = (as: string, body?: object) =>
  Effect.gen(function* () {
    const shop = yield* Shop
    const created = yield* create(as, body)
    yield* shop.sheet(created.payToken, "approve")
    yield* shop.call("POST", "/api/payment/execute", { payToken: created.payToken }, { as })
    return created
  })

const find = (query: Record<string, string>) =>
  Effect.gen(function* () {
    const answer = yield* admin(`/checkouts?${new URLSearchParams(query)}`)
    expect(answer.status).toBe(200)
    return Schema.decodeUnknownSync(Checkouts)(answer.body)
  })

/** Right after everything on record, by the clock that records: this process's own is off by as much as an answer takes. */
const fromNowOn = Effect.gen(function* () {
  const sql = yield* Database
  const [last] = yield* Effect.promise(
    () => sql<Array<{ at: string | null }>>`SELECT max(recorded_at) AS at FROM checkout_event`,
  )
  return new Date(Date.parse(last?.at ?? "1970-01-01T00:00:00Z") + 1).toISOString()
})

const idsOf = (page: typeof Checkouts.Type) => page.checkouts.map(({ orderId }) => orderId)

/** What no server writes as what an event says. */
const nonsense = [
  "null",
  "5",
  "[]",
  "{}",
  '{"checks":[null],"answer":null,"who":7}',
  '{"order":{"items":null}}',
]

describe("the back office", () => {
  it.layer(shop({ ADMIN_TOKEN: token }), { excludeTestServices: true })((it) => {
    it.effect.each([
      "/checkouts",
      "/checkouts/x",
      "/events",
      "/events/stream",
      "/summary",
      "/checkouts?limit=no",
    ])("tells a stranger nothing (%s)", (path) =>
      Effect.gen(function* () {
        const wrong = [
          {},
          { authorization: "Bearer wrong" },
          { authorization: `Basic ${token}` },
          { authorization: "Bearer " },
        ]
        for (const headers of wrong) {
          const { status, body } = yield* admin(path, headers as Record<string, string>)
          expect(status).toBe(401)
          expect(body).toEqual({ ok: false, reason: "UNAUTHENTICATED", message: "Please sign in." })
        }
      }),
    )

    it.effect("finds a checkout by each of its names and its payer's, and nothing by anything else", () =>
      Effect.gen(function* () {
        const { orderId, payToken } = yield* create("finder", { amount: 700, reference: "shop-order-1" })
        const [checkout] = (yield* find({ q: orderId })).checkouts
        expect(checkout).toMatchObject({ orderId, payToken, state: "minted", amount: 700, owner: "buyer" })
        for (const q of [
          payToken,
          checkout?.checkoutId ?? "",
          "shop-order-1",
          "finder",
          checkout?.payer ?? "",
        ]) {
          expect(idsOf(yield* find({ q })), q).toEqual([orderId])
        }
        expect(idsOf(yield* find({ q: "shop-order" }))).toEqual([])
        expect(idsOf(yield* find({ q: "' OR true --" }))).toEqual([])
      }),
    )

    it.effect("finds by a header as by the address, which proxies and browsers keep", () =>
      Effect.gen(function* () {
        const { orderId } = yield* create("unseen", { amount: 700, reference: "주문 1" })
        const { orderId: other } = yield* create("lee", { amount: 700, reference: "seen-1" })
        const ask = (path: string, find: string) =>
          admin(path, { authorization: `Bearer ${token}`, "x-checkout-find": find })
        for (const name of [orderId, "unseen", encodeURIComponent("주문 1")]) {
          const { body } = yield* ask("/checkouts?q=seen-1&limit=10", name)
          expect(idsOf(body), name).toEqual([orderId])
        }
        expect(idsOf((yield* ask("/checkouts", "nobody")).body)).toEqual([])
        const { body: file } = yield* ask("/export?format=csv", "unseen")
        expect(file).toContain(orderId)
        expect(file).not.toContain(other)
        for (const bad of ["%E0%A4%A", "x".repeat(201)]) {
          expect((yield* ask("/checkouts", bad)).status, bad).toBe(422)
        }
      }),
    )

    it.effect("filters by state, time and amount, newest first, page by page", () =>
      Effect.gen(function* () {
        const before = yield* fromNowOn
        const all: Array<string> = []
        for (let index = 0; index < 5; index += 1) {
          const { orderId } = yield* index % 2 === 0
            ? pay("pager", { amount: 1_000 + index })
            : create("pager", { amount: 1_000 + index })
          all.unshift(orderId)
        }
        const after = yield* fromNowOn
        expect(idsOf(yield* find({ q: "pager" }))).toEqual(all)
        expect(idsOf(yield* find({ from: before, to: after }))).toEqual(all)
        expect(idsOf(yield* find({ to: before, q: "pager" }))).toEqual([])
        expect(idsOf(yield* find({ from: after }))).toEqual([])
        expect(idsOf(yield* find({ q: "pager", state: "settled" }))).toEqual([all[0], all[2], all[4]])
        expect(idsOf(yield* find({ q: "pager", state: "minted" }))).toEqual([all[1], all[3]])
        expect(idsOf(yield* find({ q: "pager", min: "1001", max: "1003" }))).toEqual(all.slice(1, 4))
        const pages: Array<string> = []
        let cursor: string | null = ""
        while (cursor !== null) {
          const page: typeof Checkouts.Type = yield* find({
            q: "pager",
            limit: "2",
            ...(cursor !== "" && { cursor }),
          })
          pages.push(...idsOf(page))
          cursor = page.cursor
        }
        expect(pages).toEqual(all)
      }),
    )

    it.effect("shows one checkout with its events, its hash and what its timer waits for", () =>
      Effect.gen(function* () {
        const { orderId } = yield* create("reader")
        const answer = yield* admin(`/checkouts/${orderId}`)
        const { checkout, events, timer } = Schema.decodeUnknownSync(CheckoutWithEvents)(answer.body)
        expect(events.map(({ type, version }) => [version, type])).toEqual([
          [1, "CheckoutOpened"],
          [2, "TokenMinted"],
        ])
        expect(checkout.hash).toBe(events[1]?.hash)
        expect(timer).toEqual({ fact: "TokenExpired", dueAt: checkout.dueAt })
        const paid = yield* pay("reader")
        expect((yield* admin(`/checkouts/${paid.orderId}`)).body.timer).toBeNull()
        const { status, body } = yield* admin("/checkouts/nobody's")
        expect([status, body.reason]).toEqual([404, "CHECKOUT_NOT_FOUND"])
      }),
    )

    it.effect("gives the feed page by page, each event with the cursor that goes on after it", () =>
      Effect.gen(function* () {
        yield* pay("feeder")
        const seen: Array<string> = []
        let after = ""
        while (true) {
          const { body } = yield* admin(`/events?limit=3${after === "" ? "" : `&after=${after}`}`)
          const page = Schema.decodeUnknownSync(Events)(body)
          seen.push(...page.events.map(({ cursor }) => cursor))
          expect(page.cursor).toBe(page.events.at(-1)?.cursor ?? after)
          after = page.cursor ?? ""
          if (!page.hasMore && !page.isHeldBack) break
        }
        expect(new Set(seen).size).toBe(seen.length)
        const sql = yield* Database
        const [{ count } = { count: 0 }] = yield* Effect.promise(
          () => sql`SELECT count(*)::integer FROM checkout_event`,
        )
        expect(seen).toHaveLength(count)
        const latest = (yield* admin("/events?after=latest")).body
        expect(latest).toEqual({ events: [], cursor: after, hasMore: false, isHeldBack: false })
      }),
    )

    it.effect(
      "a forged cursor is refused or leads to a place of the feed, and never to an error of ours",
      () =>
        Effect.gen(function* () {
          const run = Effect.runPromiseWith(yield* Effect.context<Shop>())
          const [known] = (yield* admin("/events?limit=1")).body.events
          const forged = (position: string, id: string, version: string) =>
            Buffer.from(`${position} ${id} ${version}`).toString("base64url")
          const anyCursor = fc.oneof(
            fc.string({ minLength: 1, maxLength: 40 }),
            fc.string({ maxLength: 40 }).map((text) => Buffer.from(`x${text}`).toString("base64url")),
            fc
              .tuple(
                fc.oneof(fc.bigInt({ min: 0n, max: 1n << 70n }).map(String), fc.string({ maxLength: 5 })),
                fc.oneof(fc.uuid(), fc.constant("not-a-uuid")),
                fc.oneof(fc.bigInt({ min: -1n, max: 1n << 40n }).map(String), fc.constant("1.5")),
              )
              .map((parts) => forged(...parts)),
            fc
              .nat(known.cursor.length - 1)
              .map((at) => `${known.cursor.slice(0, at)}!${known.cursor.slice(at + 1)}`),
          )
          yield* Effect.promise(() =>
            fc.assert(
              fc.asyncProperty(anyCursor, async (after) => {
                const query = new URLSearchParams({ after })
                const { status, body } = await run(admin(`/events?${query}`))
                expect([200, 422]).toContain(status)
                if (status === 422) expect(body).toMatchObject({ ok: false, reason: "INVALID_REQUEST" })
                const page = await run(admin(`/checkouts?${new URLSearchParams({ cursor: after })}`))
                expect([200, 422]).toContain(page.status)
              }),
              { numRuns: 100, seed: inject("seed") },
            ),
          )
          for (const path of [
            "/events?after=x",
            "/events/stream?after=x",
            "/checkouts?cursor=x",
            "/checkouts?from=soon",
            "/checkouts?state=paid",
            "/summary?from=2026-01-02&to=2026-01-01",
          ]) {
            expect((yield* admin(path)).status, path).toBe(422)
          }
        }),
    )

    it.effect("streams the feed, and goes on after the last id that was heard", () =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const first = yield* pay("streamer")
        const { body } = yield* admin("/events?limit=1000")
        const all: ReadonlyArray<{ cursor: string }> = body.events
        const stream = yield* listen(`${url}/admin/api/events/stream`, bearer)
        const heard = yield* stream.next(all.length)
        expect(heard.map(({ id }) => id)).toEqual(all.map(({ cursor }) => cursor))
        expect(heard.map(({ data }) => data)).toEqual(all)
        expect(heard.at(-1)?.data.orderId).toBe(first.orderId)

        const resumed = yield* listen(`${url}/admin/api/events/stream`, {
          ...bearer,
          "last-event-id": all.at(-3)?.cursor ?? "",
        })
        expect((yield* resumed.next(2)).map(({ data }) => data)).toEqual(all.slice(-2))

        const fresh = yield* listen(`${url}/admin/api/events/stream?after=latest`, bearer)
        const second = yield* create("streamer")
        for (const open of [stream, resumed, fresh]) {
          const news = yield* open.next(2)
          expect(news.map(({ data }) => [data.orderId, data.version])).toEqual([
            [second.orderId, 1],
            [second.orderId, 2],
          ])
        }
      }),
    )

    it.effect("sums up a time, by the same rules as the machine", () =>
      Effect.gen(function* () {
        const from = yield* fromNowOn
        yield* pay("counter", { amount: 5_000 })
        yield* pay("counter", { amount: 6_000 })
        yield* create("counter")
        const shop = yield* Shop
        const closed = yield* create("counter")
        yield* shop.sheet(closed.payToken, "decline")
        yield* shop.call("POST", "/api/payment/execute", { payToken: closed.payToken }, { as: "counter" })
        const to = yield* fromNowOn
        const { body } = yield* admin(`/summary?${new URLSearchParams({ from, to })}`)
        const summary = Schema.decodeUnknownSync(Summary)(body)
        const views = (yield* find({ from, to })).checkouts
        expect(summary).toMatchObject({ considered: 4, isWhole: true, mismatches: [] })
        expect(summary.funnel.map(({ count }) => count)).toEqual([4, 3, 3, 3, 2])
        expect(summary.timeToSettleMs?.median).toBeGreaterThanOrEqual(0)
        const failed = views.filter(({ state }) => state === "failed")
        expect(failed).toHaveLength(1)
        expect(summary.reasons).toEqual([{ state: "failed", reason: failed[0]?.reason, count: 1 }])
        expect(summary.buckets.reduce((sum, { settledAmount }) => sum + settledAmount, 0)).toBe(11_000)
        expect(summary.states.reduce((sum, { count }) => sum + count, 0)).toBe(4)
        expect(summary.unfinished.find(({ at }) => at === "minted.ready")?.count).toBeGreaterThan(0)
      }),
    )

    it.effect("is described in the API reference", () =>
      Effect.gen(function* () {
        const { body } = yield* (yield* Shop).call("GET", "/openapi.json")
        expect(Object.keys(body.paths)).toEqual(
          expect.arrayContaining([
            "/admin/api/checkouts",
            "/admin/api/checkouts/{orderId}",
            "/admin/api/events",
            "/admin/api/events/stream",
            "/admin/api/summary",
          ]),
        )
        expect(body.paths["/admin/api/events"].get.security).toEqual([{ bearer: [] }, { session: [] }])
      }),
    )
  })

  it.live("a history that somebody changed is shown with what is wrong, and hides nothing else", () =>
    Effect.gen(function* () {
      const { orderId } = yield* pay("victim")
      const other = yield* create("victim")
      const sql = yield* Database
      yield* Effect.promise(() =>
        sql.begin(async (tx) => {
          await tx`ALTER TABLE checkout_event DISABLE TRIGGER USER`
          await tx`UPDATE checkout_event SET type = 'Nonsense' WHERE version = 3`
        }),
      )
      expect(idsOf({ ...(yield* admin("/checkouts")).body })).toEqual([other.orderId, orderId])
      const { body } = yield* admin(`/checkouts/${orderId}`)
      expect(body.checkout.broken.version).toBe(3)
      expect(body.events[2].type).toBe("Nonsense")
      expect((yield* admin("/events")).body.events).toHaveLength(body.events.length + 2)
      expect((yield* admin("/summary")).status).toBe(200)
    }).pipe(Effect.provide(shop({ ADMIN_TOKEN: token }))),
  )

  it.live("a row is found broken, and named, whatever it was made to hold", () =>
    Effect.gen(function* () {
      const { orderId } = yield* pay("victim")
      const sql = yield* Database
      for (const data of nonsense) {
        for (const version of [1, 5]) {
          const before = yield* Effect.promise(() =>
            sql.begin(async (tx) => {
              await tx`ALTER TABLE checkout_event DISABLE TRIGGER USER`
              const [kept] = await tx`SELECT data FROM checkout_event WHERE version = ${version}`
              await tx`UPDATE checkout_event SET data = ${data}::text::jsonb WHERE version = ${version}`
              return kept?.["data"]
            }),
          )
          const { status, body } = yield* admin(`/checkouts/${orderId}`)
          expect([status, body.checkout?.broken?.version], `${version}: ${data}`).toEqual([200, version])
          for (const path of ["/checkouts", "/summary", "/events"]) {
            expect((yield* admin(path)).status, `${version}: ${data} ${path}`).toBe(200)
          }
          yield* Effect.promise(
            () => sql`UPDATE checkout_event SET data = ${sql.json(before)} WHERE version = ${version}`,
          )
        }
      }
      expect((yield* admin(`/checkouts/${orderId}`)).body.checkout.broken).toBeNull()
    }).pipe(Effect.provide(shop({ ADMIN_TOKEN: token }))),
  )

  it.live("streams end when the server stops, and do not keep it waiting", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(shop({ ADMIN_TOKEN: token }), scope)
      const stream = yield* Effect.provideContext(
        Effect.gen(function* () {
          yield* create("last")
          const stream = yield* listen(`${(yield* Shop).url}/admin/api/events/stream`, bearer)
          expect(yield* stream.next(2)).toHaveLength(2)
          return stream
        }),
        context,
      )
      const [rest] = yield* Effect.all([stream.ended, Scope.close(scope, Exit.void)], {
        concurrency: "unbounded",
      }).pipe(
        // Half of what the server would give an answer that does not end.
        Effect.timeout("8 seconds"),
      )
      expect(rest).toEqual([])
    }),
  )

  it.live("in production there is none without a token", () => {
    const authority = makeAuthority("The bank's authority")
    const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-admin-"))
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const { cert, key } = authority.issue("shop")
    const production = {
      NODE_ENV: "production",
      TOSSPAY_CERT_FILE: file("cert.pem", cert),
      TOSSPAY_KEY_FILE: file("key.pem", key),
      TOSSPAY_TEST_PAYMENT: "true",
      AUTH_MODE: "jwt",
      AUTH_JWT_AUDIENCE: "shop",
      AUTH_JWT_SECRET: "a secret of at least 32 characters",
      DATA_KEY: Buffer.alloc(32, 7).toString("base64"),
      CHECKPOINT_KEY_FILE: file("checkpoint.key", newKey()),
    }
    return Effect.gen(function* () {
      for (const headers of [{}, { authorization: "Bearer " }, bearer] as ReadonlyArray<
        Record<string, string>
      >) {
        const { status, body } = yield* admin("/checkouts", headers)
        expect([status, body.reason]).toEqual([404, "NOT_FOUND"])
      }
    }).pipe(Effect.provide(shop(production)))
  })
})
