/** Replies that are lost, refused, put off or not understood: asked again where that is safe, and never paid again. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect, vi } from "vitest"
import type { InspectionEvent } from "xstate"
import { messages, type OrderView, wordsOf } from "../../client/index.ts"
import { shop, TossPaySimulator } from "../support/server.ts"
import {
  approving,
  charges,
  moment,
  network,
  no,
  ordersOf,
  page,
  silence,
  tab,
  until,
  untilRest,
  untilStep,
  wish,
} from "./page.ts"

// Nearly all of their time goes by between one question and the next.
describe.concurrent("a network that", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500" }), { excludeTestServices: true })((it) => {
    it.effect.each([
      ["/create", 2],
      ["/execute", 2],
      // A hint that is lost is no loss.
      ["/authentication", 1],
    ] as const)("loses the first reply of %s: it is sent %i times, one order, one charge", ([lost, times]) =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        let sent = 0
        const it = yield* page(pays, {
          fetch: network((path, nth) => {
            if (path === lost) sent += 1
            return path === lost && nth === 1 ? "lost" : undefined
          }),
        })
        it.checkout.pay(wish)
        const paid = yield* untilStep(it.checkout, "paid")
        expect(yield* charges(paid)).toBe(1)
        expect(yield* ordersOf(it)).toHaveLength(1)
        expect(sent).toBe(times)
      }),
    )

    it.effect("cannot reach the server charges nothing, and the tap can be repeated", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        let isAway = true
        const it = yield* page(pays, {
          fetch: async (...request) => {
            if (isAway) throw new TypeError("no network")
            return fetch(...request)
          },
        })
        it.checkout.pay(wish)
        expect(yield* until(it.checkout, ({ reason, canPay }) => reason !== null && canPay)).toMatchObject({
          step: "idle",
          reason: "UNREACHABLE",
        })
        isAway = false
        it.checkout.pay(wish)
        yield* untilStep(it.checkout, "paid")
        expect(yield* ordersOf(it)).toHaveLength(1)
      }),
    )

    it.effect("goes silent is given up on, and asked again", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        let isFirst = true
        const { checkout } = yield* page(pays, {
          timeoutMs: 1_000,
          fetch: (input, init) => {
            if (!isFirst || !String(input).endsWith("/execute")) return fetch(input, init)
            isFirst = false
            return new Promise((_, reject) =>
              init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
            )
          },
        })
        checkout.pay(wish)
        expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
      }),
    )

    it.effect.each([
      ["429, with the time when to come back", () => no(429, "RATE_LIMITED", { "retry-after": "0.2" })],
      ["503", () => no(503, "DATABASE_UNAVAILABLE")],
      ["401, until the app has signed the buyer in again", () => no(401, "UNAUTHENTICATED")],
      ["a gateway's page", () => new Response("<h1>502</h1>", { status: 502 })],
      ["a page of a captive portal", () => new Response("<h1>Welcome</h1>")],
      ["a proxy's 403 in JSON", () => Response.json({ error: "forbidden" }, { status: 403 })],
      ["a proxy's 413 with a code of its own", () => Response.json({ reason: "TOO_BIG" }, { status: 413 })],
      [
        "a no that only create may be given for good",
        (path: string) => (path === "/create" ? undefined : no(403, "FORBIDDEN")),
      ],
      ["somebody else's 200", () => Response.json({ welcome: true })],
      [
        "a 200 that does not say how the order stands",
        (path: string) => (path === "/create" ? undefined : Response.json({ orderId: "order-1" })),
      ],
      [
        "a 200 that does not say in words how the order stands",
        () => Response.json({ orderId: "order-1", payToken: 5, at: 5, state: 5 }),
      ],
      ["nothing at all", () => new Response(null, { status: 204 })],
    ] as const)(
      "answers every request once with %s: everything is asked again, and paid once",
      ([, answer]) =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const it = yield* page(pays, {
            fetch: network((path, nth) => (nth === 1 ? answer(path) : undefined)),
          })
          it.checkout.pay(wish)
          const paid = yield* untilStep(it.checkout, "paid")
          expect(yield* charges(paid)).toBe(1)
          expect(yield* untilStep(it.reloaded(), "paid")).toMatchObject({ orderId: paid.orderId })
          expect(yield* ordersOf(it)).toHaveLength(1)
        }),
    )

    it.effect(
      "says 401 in the middle: the buyer is told not to pay again, and the new header goes with the next try",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const it = yield* page(pays)
          let isSignedIn = true
          const checkout = tab({
            ...it.options,
            fetch: network((path) =>
              path === "/execute" && !isSignedIn ? new Response(null, { status: 401 }) : undefined,
            ),
            checkoutPayment: async ({ params }) => {
              isSignedIn = false
              return pays(params.payToken)
            },
          })
          checkout.pay(wish)
          const waiting = yield* until(checkout, ({ reason }) => reason === "UNAUTHENTICATED")
          expect(waiting).toMatchObject({ step: "confirming", canPay: false, canStartOver: false })
          expect(wordsOf(waiting, messages.en)).toBe(
            "We are confirming your payment. Please do not pay again. Please sign in.",
          )
          expect(wordsOf(waiting, messages.ko)).toBe(
            "결제 결과를 확인하고 있어요. 다시 결제하지 마세요. 로그인이 필요해요.",
          )
          isSignedIn = true
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
        }),
    )

    it.effect.each([
      ["401", "UNAUTHENTICATED", "Please sign in."],
      ["429", "RATE_LIMITED", "Please try again in a moment."],
      ["503", "UNREACHABLE", "No connection. Please try again in a moment."],
    ] as const)(
      "answers only %s, without a word of its own: the buyer is told %s",
      ([status, reason, words]) =>
        Effect.gen(function* () {
          const { checkout } = yield* page(silence, {
            fetch: async () => Response.json({}, { status: Number(status) }),
          })
          checkout.pay(wish)
          const screen = yield* until(checkout, ({ canPay, ...shown }) => shown.reason !== null && canPay)
          expect(screen).toMatchObject({ step: "idle", reason })
          expect(wordsOf(screen, messages.en)).toBe(words)
        }),
    )

    it.effect(
      "answers 401 to a page that comes up: the buyer is told to sign in, and sees the order once they have",
      () =>
        Effect.gen(function* () {
          const it = yield* page(() => ({ success: false }))
          it.checkout.pay(wish)
          const { orderId } = yield* untilStep(it.checkout, "ready")
          let isSignedIn = false
          const next = it.reloaded({
            fetch: (...request) =>
              isSignedIn ? fetch(...request) : Promise.resolve(no(401, "UNAUTHENTICATED")),
          })
          const screen = yield* until(next, ({ reason }) => reason === "UNAUTHENTICATED")
          expect(screen).toMatchObject({ canPay: false, orderId: null, message: "said UNAUTHENTICATED" })
          isSignedIn = true
          expect(yield* untilStep(next, "ready")).toMatchObject({ orderId, reason: null, message: null })
        }),
    )

    it.effect("asks for much patience: who asks again in the meantime is answered at once", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const asked = moment()
        const { checkout } = yield* page(pays, {
          fetch: network((path, nth) => {
            if (path !== "/execute" || nth > 1) return
            asked.reach()
            return no(503, "AWAY", { "retry-after": "600" })
          }),
        })
        checkout.pay(wish)
        yield* asked.reached
        yield* until(checkout, ({ step }) => step === "confirming")
        checkout.askAgain()
        yield* untilStep(checkout, "paid")
      }),
    )

    it.effect("asks a tap for much patience: the buyer is told so instead of waiting at the button", () =>
      Effect.gen(function* () {
        const { checkout } = yield* page(silence, {
          fetch: network(() => no(429, "RATE_LIMITED", { "retry-after": "60" })),
        })
        checkout.pay(wish)
        expect(yield* until(checkout, ({ reason, canPay }) => reason !== null && canPay)).toMatchObject({
          step: "idle",
          reason: "RATE_LIMITED",
        })
      }),
    )

    it.effect("may take for ever, as the app says: no answer is missed", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const { checkout } = yield* page(pays, { timeoutMs: Infinity, sheetPatienceMs: Infinity })
        checkout.pay(wish)
        expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
      }),
    )

    it.effect("an app that cannot say who the buyer is: nothing is sent, and the tap can be repeated", () =>
      Effect.gen(function* () {
        const { checkout } = yield* page(silence, { headers: () => Promise.reject(new Error("no token")) })
        checkout.pay(wish)
        expect(yield* until(checkout, ({ reason }) => reason !== null)).toMatchObject({
          reason: "UNREACHABLE",
        })
      }),
    )
  })
})

describe("a server that", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500", CHECKOUT_LEASE_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect(
        "does not know the outcome yet: the buyer is told to wait, nothing is offered, and it is found out",
        () =>
          Effect.gen(function* () {
            const { pays } = yield* approving
            const simulator = yield* TossPaySimulator
            yield* simulator.setFault({ call: "execute-payment", fault: "replyLostAfter", times: 1 })
            yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 })
            const { checkout } = yield* page(pays)
            checkout.pay(wish)
            const waiting = yield* until(
              checkout,
              ({ at, step }) => at === "executing.unknown" && step === "confirming",
            )
            expect(waiting).toMatchObject({ canPay: false, canStartOver: false, message: null })
            checkout.pay(wish)
            checkout.startOver()
            expect(checkout.screen()).toEqual(waiting)
            expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
          }),
      )

      it.effect("gives a mismatch back: the buyer is told that it is refunded, and nothing against it", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const simulator = yield* TossPaySimulator
          yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
          const it = yield* page(pays)
          it.checkout.pay(wish)
          const seen = yield* untilStep(it.checkout, "refunded")
          expect(seen).toMatchObject({ message: null, detail: null, canPay: true })
          const [order] = yield* ordersOf(it)
          expect(order?.refund).toMatchObject({ state: "refunded", amount: order?.amount })
        }),
      )

      it.effect("finds a mismatch: it is not offered to be paid again, on this page or the next", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const simulator = yield* TossPaySimulator
          yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
          yield* simulator.setFault({ call: "refund-payment", fault: "errorCode", value: "INACTIVE_USER" })
          const { checkout, reloaded } = yield* page(pays)
          checkout.pay(wish)
          const screen = yield* untilStep(checkout, "review")
          expect(screen).toMatchObject({ at: "mismatched.charged", canPay: false, canStartOver: false })
          const next = reloaded()
          expect(yield* untilStep(next, "review")).toMatchObject({ canPay: false })
          next.askAgain()
          expect(yield* untilStep(next, "review")).toMatchObject({ orderId: screen.orderId })
        }),
      )

      it.effect("refuses: its words and its code are told, and the next tap is a new order", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { checkout, events, storage } = yield* page(pays)
          checkout.pay({ items: [{ sku: "tea", quantity: 1 }] })
          const screen = yield* until(checkout, ({ message, canPay }) => message !== null && canPay)
          expect(screen).toMatchObject({
            step: "idle",
            reason: "UNKNOWN_PRODUCT",
            message: "This product is not for sale.",
          })
          expect(events).toContainEqual({ type: "refused", reason: "UNKNOWN_PRODUCT" })
          expect(storage.kept()).toEqual({})
          checkout.pay(wish)
          yield* untilStep(checkout, "paid")
        }),
      )

      it.effect("has another price by now: the buyer is told which, and pays it by the next tap", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { checkout, events } = yield* page(pays)
          checkout.pay({ ...wish, expectedAmount: 1 })
          const screen = yield* until(checkout, ({ reason, canPay }) => reason !== null && canPay)
          expect(screen).toMatchObject({ step: "idle", reason: "PRICE_CHANGED", amount: 9_000 })
          expect(wordsOf(screen, messages.en)).toBe(
            "The price has changed. Please check the new total. Pay ₩9,000",
          )
          expect(events).toContainEqual({ type: "refused", reason: "PRICE_CHANGED", amount: 9_000 })
          checkout.pay({ ...wish, expectedAmount: 9_000 })
          yield* untilStep(checkout, "paid")
        }),
      )

      it.effect("refuses: it is told as long as the page offers the same, also at its new price", () =>
        Effect.gen(function* () {
          const it = yield* page(silence)
          const offers = { wish: { ...wish, expectedAmount: 1 } }
          const checkout = tab(Object.defineProperty({ ...it.options }, "wish", { get: () => offers.wish }))
          // As the button does, which may be before the storage has answered.
          const stop = checkout.subscribe(() => {
            if (checkout.screen().amount === 9_000) offers.wish = { ...wish, expectedAmount: 9_000 }
          })
          checkout.pay(offers.wish)
          expect(yield* untilRest(checkout)).toMatchObject({ reason: "PRICE_CHANGED", amount: 9_000 })
          stop()
          checkout.askAgain()
          expect(yield* untilRest(checkout)).toMatchObject({ reason: "PRICE_CHANGED", amount: 9_000 })
          offers.wish = { items: [{ sku: "book", quantity: 1 }], expectedAmount: 9_000 }
          checkout.askAgain()
          expect(yield* untilRest(checkout)).toMatchObject({
            step: "idle",
            reason: null,
            message: null,
            amount: null,
          })
        }),
      )

      it.effect.each([
        ["ko", "결제되지 않았어요. 다시 시도해 주세요."],
        ["en", "Nothing was charged. Please try again."],
      ] as const)("refuses without a word: the buyer is told what to do (%s)", ([language, words]) =>
        Effect.gen(function* () {
          const { checkout } = yield* page(silence, {
            fetch: async () => Response.json({ ok: false, reason: "NOT_TODAY" }, { status: 422 }),
          })
          checkout.pay(wish)
          const screen = yield* until(checkout, ({ reason, canPay }) => reason !== null && canPay)
          expect(wordsOf(screen, messages[language])).toBe(words)
        }),
      )

      it.effect(
        "is newer than the page and names a state that it does not know: it is asked again, never paid again",
        () =>
          Effect.gen(function* () {
            const { pays } = yield* approving
            const newer = (at: string) => async (input: RequestInfo | URL, init?: RequestInit) => {
              const reply = await fetch(input, init)
              if (!String(input).includes("/orders/")) return reply
              return Response.json({ ...((await reply.json()) as OrderView), at })
            }
            const it = yield* page(pays)
            it.checkout.pay(wish)
            const { orderId } = yield* untilStep(it.checkout, "paid")
            expect(
              yield* untilStep(it.reloaded({ fetch: newer("settled.delivered") }), "paid"),
            ).toMatchObject({ orderId })
            const next = it.reloaded({ fetch: newer("executing.dreaming") })
            expect(yield* until(next, ({ step }) => step === "confirming")).toMatchObject({ canPay: false })
            const strange = it.reloaded({ fetch: newer("dreaming") })
            expect(yield* until(strange, ({ at }) => at === "executing.unknown")).toMatchObject({
              canPay: false,
            })
          }),
      )

      it.effect("has another time than the device: nothing depends on the device's clock", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { checkout, reloaded } = yield* page(pays)
          vi.setSystemTime("1999-01-01T00:00:00Z")
          try {
            checkout.pay(wish)
            const paid = yield* untilStep(checkout, "paid")
            vi.setSystemTime("2099-01-01T00:00:00Z")
            expect(yield* untilStep(reloaded(), "paid")).toMatchObject({ orderId: paid.orderId })
          } finally {
            vi.useRealTimers()
          }
        }),
      )
    },
  )
})

/** What nobody caught while the test runs. */
const uncaught = Effect.gen(function* () {
  const thrown: Array<unknown> = []
  const events = ["uncaughtException", "unhandledRejection"] as const
  for (const event of events) {
    const others = process.listeners(event as "uncaughtException")
    process.removeAllListeners(event).on(event, (error) => thrown.push(error))
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        // A page that is left still throws, and Node tells of it at the end of its turn.
        await new Promise(setImmediate)
        process.removeAllListeners(event)
        for (const other of others) process.on(event, other)
      }),
    )
  }
  return thrown
})

describe("an app that", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect.each(["onEvent", "inspect", "subscribe"] as const)(
      "throws where it is told of a payment (%s) stops none, and its error goes unhandled",
      (told) =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const down = new Error("analytics are down")
          const fails = () => {
            throw down
          }
          const thrown = yield* uncaught
          const { checkout } = yield* page(pays, told === "subscribe" ? {} : { [told]: fails })
          const seen: Array<string> = []
          if (told === "subscribe") checkout.subscribe(fails)
          // Who listens as well is told all the same.
          checkout.subscribe(() => seen.push(checkout.screen().step))
          checkout.pay(wish)
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
          expect(seen).toContain("paid")
          expect(thrown).toContain(down)
        }),
    )

    it.effect("inspects from some moment on receives what moves from then on", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const seen = new Set<string>()
        const it = yield* page(pays)
        const options = {
          ...it.options,
          checkoutPayment: async ({ params }: { params: { payToken: string } }) => {
            Object.assign(options, { inspect: (event: InspectionEvent) => seen.add(event.type) })
            return pays(params.payToken)
          },
        }
        const checkout = tab(options)
        checkout.pay(wish)
        yield* untilStep(checkout, "paid")
        expect(seen).toContain("@xstate.snapshot")
      }),
    )

    it.effect("inspects receives XState's own events of every move, and neither payToken nor user key", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const seen: Array<{ type: string; event?: { type: string }; snapshot?: unknown }> = []
        const tokens: Array<string> = []
        const { checkout } = yield* page(
          (payToken) => {
            tokens.push(payToken)
            return pays(payToken)
          },
          { inspect: (event) => seen.push(event as never) },
        )
        checkout.pay(wish)
        yield* untilStep(checkout, "paid")
        expect(seen.map(({ type }) => type)).toEqual(
          expect.arrayContaining(["@xstate.actor", "@xstate.event", "@xstate.snapshot"]),
        )
        const sent = seen.filter(({ type }) => type === "@xstate.event").map(({ event }) => event?.type)
        expect(sent).toEqual(
          expect.arrayContaining(["AuthenticationStarted", "AuthenticationSucceeded", "ExecutionStarted"]),
        )
        const told = JSON.stringify(
          seen.map(({ event, snapshot }) => [event, (snapshot as { context?: unknown })?.context]),
        )
        for (const secret of [...tokens, "page-"]) expect(told).not.toContain(secret)
        expect(tokens).toHaveLength(1)
      }),
    )
  })
})
