/** How often one caller and one address may ask, and which address that is. */

import { describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { HttpServerRequest } from "effect/http"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { type AddressRange, addressRange, clientAddress } from "../../server/http/address.ts"
import { RateLimits } from "../../server/http/limits.ts"
import { Shop, shop } from "../support/server.ts"

const live = { excludeTestServices: true }

const ranges = (...texts: ReadonlyArray<string>) =>
  texts.map(addressRange).filter((range): range is AddressRange => range !== null)

const request = (from: string, forwarded?: string) =>
  ({
    remoteAddress: Option.some(from),
    headers: { ...(forwarded !== undefined && { "x-forwarded-for": forwarded }) },
  }) as unknown as HttpServerRequest.HttpServerRequest

describe("the address of a request", () => {
  it("is whoever connects, whatever else is said, where no proxy is known", () => {
    const addressOf = clientAddress([])
    fc.assert(
      fc.property(fc.ipV4(), fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (from, said) => {
        expect(addressOf(request(from, said))).toBe(from)
      }),
      { seed: inject("seed") },
    )
  })

  it.each([
    ["10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.1", "198.51.100.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"],
    ["10.0.0.1", "198.51.100.1, nonsense, 10.9.9.9", "10.9.9.9"],
    ["10.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["fd00::1", "[2001:db8:1:2:3::4]:80", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::7", "198.51.100.1", "2001:db8:1:2::/64"],
    ["2001:db8::", undefined, "2001:db8:0:0::/64"],
  ])("behind known proxies is the nearest one that is none of them: %s, %s", (from, said, is) => {
    expect(clientAddress(ranges("10.0.0.0/8", "fd00::1"))(request(from, said))).toBe(is)
  })

  it.each(["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "proxy"])("%j is no range", (text) => {
    expect(addressRange(text)).toBeNull()
  })
})

describe("a limit", () => {
  const counting = <E>(run: Effect.Effect<void, E>, times: number) =>
    Effect.all(
      Array.from({ length: times }, () => Effect.result(run)),
      { concurrency: 8 },
    ).pipe(Effect.map((results) => results.filter(({ _tag }) => _tag === "Success").length))

  it.effect("lets so many a minute pass, each caller by itself, and says when the next one may", () =>
    Effect.gen(function* () {
      const { ofCaller, ofAddress } = yield* RateLimits
      expect(yield* counting(ofCaller("kim"), 8)).toBe(5)
      const { retryAfterMs } = yield* Effect.flip(ofCaller("kim"))
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(retryAfterMs).toBeLessThanOrEqual(60_000)
      expect(yield* counting(ofCaller("lee"), 8)).toBe(5)
      expect(yield* counting(ofAddress("kim"), 80)).toBe(50)
      yield* TestClock.adjust(retryAfterMs)
      expect(yield* counting(ofCaller("kim"), 8)).toBe(5)
    }).pipe(Effect.provide(RateLimits.layer(5))),
  )

  it.effect("of guesses counts those that failed, and refuses the next one before it is looked at", () =>
    Effect.gen(function* () {
      const { ofGuesses, countGuess } = yield* RateLimits
      expect(yield* counting(ofGuesses("here"), 100)).toBe(100)
      for (let guess = 0; guess < 6; guess += 1) {
        yield* ofGuesses("here")
        yield* countGuess("here")
      }
      expect(yield* counting(ofGuesses("here"), 3)).toBe(0)
      yield* ofGuesses("there")
      yield* TestClock.adjust("2 minutes")
      yield* ofGuesses("here")
    }).pipe(Effect.provide(RateLimits.layer(5))),
  )

  it.effect("of 0 is none", () =>
    Effect.gen(function* () {
      const { ofCaller } = yield* RateLimits
      expect(yield* counting(ofCaller("kim"), 1_000)).toBe(1_000)
    }).pipe(Effect.provide(RateLimits.layer(0))),
  )
})

describe("over HTTP", () => {
  const origin = "https://mini.example"
  const env = {
    RATE_LIMIT_PER_MINUTE: "3",
    TRUSTED_PROXIES: "127.0.0.0/8, ::1",
    ALLOWED_ORIGINS: `${origin}, https://other.example`,
    ADMIN_TOKEN: "the-back-office-7",
  }
  it.layer(
    shop(env),
    live,
  )((it) => {
    const ask = (as: string, from: string, headers: Record<string, string> = {}) =>
      Effect.flatMap(Shop, ({ call }) =>
        call("GET", "/api/payment/orders", undefined, {
          as,
          headers: { "x-forwarded-for": from, ...headers },
        }),
      )

    it.effect("too many are 429 with Retry-After, readable from the mini-app's origin; others go on", () =>
      Effect.gen(function* () {
        for (let index = 0; index < 3; index += 1) {
          expect((yield* ask("kim", `203.0.113.${index}`)).status).toBe(200)
        }
        const refused = yield* ask("kim", "203.0.113.9", { origin })
        expect(refused.status).toBe(429)
        expect(refused.body).toEqual({
          ok: false,
          reason: "RATE_LIMITED",
          message: "Too many requests. Please try again in a moment.",
        })
        const seconds = Number(refused.headers.get("retry-after"))
        expect(seconds).toBeGreaterThanOrEqual(1)
        expect(seconds).toBeLessThanOrEqual(60)
        expect(refused.headers.get("access-control-allow-origin")).toBe(origin)
        expect(refused.headers.get("access-control-expose-headers")).toContain("retry-after")
        expect((yield* ask("lee", "203.0.113.9")).status).toBe(200)
      }),
    )

    it.effect("one address has ten callers' worth, whoever they say they are, and pages stay open", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const here = { "x-forwarded-for": "198.51.100.7" }
        for (let index = 0; index < 30; index += 1) {
          expect((yield* ask(`caller-${index}`, "198.51.100.7")).status).toBe(200)
        }
        const refused = yield* ask("one-more", "198.51.100.7", { origin })
        expect([refused.status, refused.body.reason]).toEqual([429, "RATE_LIMITED"])
        expect(refused.headers.get("access-control-allow-origin")).toBe(origin)
        expect(refused.headers.get("access-control-expose-headers")).toContain("retry-after")
        expect((yield* shop.call("GET", "/healthz", undefined, { headers: here })).status).toBe(200)
        expect((yield* ask("one-more", "198.51.100.8")).status).toBe(200)
      }),
    )

    it.effect.each([
      ["//api", "192.0.2.11"],
      ["/API", "192.0.2.12"],
      ["/%61pi", "192.0.2.13"],
      ["/%41p%69", "192.0.2.14"],
      ["///api//", "192.0.2.15"],
    ] as const)("an address has no more for writing the path as %s", ([api, from]) =>
      Effect.gen(function* () {
        const { call } = yield* Shop
        const statuses: Array<number> = []
        for (let index = 0; index < 31; index += 1) {
          const caller = { as: `${from}-${index}`, headers: { "x-forwarded-for": from } }
          statuses.push((yield* call("GET", `${api}/payment/orders`, undefined, caller)).status)
        }
        expect(statuses).toEqual([...Array(30).fill(200), 429])
      }),
    )

    it.effect("who guesses at the back office is kept from guessing on, even right", () =>
      Effect.gen(function* () {
        const { call } = yield* Shop
        const enter = (token: string, from: string) =>
          call("GET", "/admin/api/alerts", undefined, {
            headers: { authorization: `Bearer ${token}`, "x-forwarded-for": from },
          })
        expect((yield* enter(env.ADMIN_TOKEN, "192.0.2.1")).status).toBe(200)
        for (let index = 0; index < 4; index += 1) {
          expect((yield* enter(`guess-${index}`, "192.0.2.1")).status).toBe(401)
        }
        expect((yield* enter(env.ADMIN_TOKEN, "192.0.2.1")).status).toBe(429)
        for (let index = 0; index < 10; index += 1) {
          expect((yield* enter(env.ADMIN_TOKEN, "192.0.2.2")).status).toBe(200)
        }
      }),
    )
  })
})
