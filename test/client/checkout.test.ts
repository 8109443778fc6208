/** The client against the real server and simulator over HTTP; only the sheet is played, as the SDK would answer. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import {
  type Checkout,
  type CheckoutEvent,
  type CheckoutOptions,
  createCheckout,
  type PendingStore,
  type Screen,
} from "../../client/index.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const wish = { items: [{ sku: "coffee", quantity: 2 }] }

const memoryStore = (): PendingStore & { readonly kept: () => string | null } => {
  let kept: string | null = null
  return {
    read: () => kept,
    write: (text) => {
      kept = text
    },
    remove: () => {
      kept = null
    },
    kept: () => kept,
  }
}

let buyers = 0

/** A buyer's page. `sheet` is what happens on the sheet and what the SDK makes of it. */
const page = (sheet: (payToken: string) => Promise<unknown>, over: Partial<CheckoutOptions> = {}) =>
  Effect.gen(function* () {
    const { url } = yield* Shop
    buyers += 1
    const options: CheckoutOptions = {
      baseUrl: url,
      language: "en",
      headers: () => ({ "x-toss-user-key": `page-${buyers}` }),
      isInTossApp: () => true,
      store: memoryStore(),
      checkoutPayment: ({ params }) => sheet(params.payToken),
      ...over,
    }
    return { options, checkout: createCheckout(options) }
  })

const until = (checkout: Checkout, is: (screen: Screen) => boolean) =>
  Effect.promise(
    () =>
      new Promise<Screen>((resolve) => {
        const look = () => {
          if (!is(checkout.screen())) return
          leave()
          resolve(checkout.screen())
        }
        const leave = checkout.subscribe(look)
        look()
      }),
  )

const untilStep = (checkout: Checkout, step: Screen["step"]) =>
  until(checkout, (screen) => screen.step === step && (screen.canPay || screen.canStartOver))

const charges = (screen: Screen) =>
  Effect.gen(function* () {
    const ledger = yield* (yield* TossPaySimulator).ledger
    return ledger.filter((entry) => entry.orderNo === screen.orderId).length
  })

const approving = Effect.map(Shop, ({ sheet }) => {
  const approve = (payToken: string) => Effect.runPromise(sheet(payToken, "approve"))
  return {
    approve,
    andSay: (answer: unknown) => async (payToken: string) => {
      await approve(payToken)
      return answer
    },
  }
})

describe("a payment in the webview", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500" }), { excludeTestServices: true })((it) => {
    it.effect("is paid once, and every move of it is told", () =>
      Effect.gen(function* () {
        const { andSay } = yield* approving
        const events: Array<CheckoutEvent> = []
        const { checkout, options } = yield* page(andSay({ success: true }), {
          onEvent: (event) => events.push(event),
        })
        checkout.pay(wish)
        checkout.pay(wish)
        const screen = yield* untilStep(checkout, "paid")
        expect(screen).toMatchObject({ at: "settled.paid", amount: 9_000 })
        expect(yield* charges(screen)).toBe(1)
        expect(events.map((event) => ("to" in event ? event.to : event.type))).toEqual([
          "tapped",
          "created",
          "minted.ready",
          "authenticating.sheet",
          "sheetOpened",
          "sheetAnswered",
          "authenticated.claimed",
          "executing.calling",
          "settled.paid",
        ])
        checkout.pay(wish)
        expect(checkout.screen().canPay).toBe(false)
        checkout.startOver()
        expect(checkout.screen()).toMatchObject({ step: "idle", canPay: true })
        expect((options.store as ReturnType<typeof memoryStore>).kept()).toBeNull()
      }),
    )

    it.effect(
      "a closed sheet leads back with the SDK's words, and the same order is paid by the next tap",
      () =>
        Effect.gen(function* () {
          const { approve } = yield* approving
          const answers = [{ success: false, reason: "closed it" }, { success: true }]
          const tokens: Array<string> = []
          const { checkout } = yield* page(async (payToken) => {
            tokens.push(payToken)
            if (answers.length === 1) await approve(payToken)
            return answers.shift()
          })
          checkout.pay(wish)
          expect(yield* untilStep(checkout, "ready")).toMatchObject({
            reason: "CLOSED",
            message: "closed it",
          })
          checkout.pay(wish)
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
          expect(tokens).toHaveLength(2)
          expect(tokens[0]).toBe(tokens[1])
        }),
    )

    it.effect.each([
      ["an object without success", async () => ({ false: "PAYMENT_FAILED", reason: "soft" })],
      ["undefined", async () => undefined],
      ["a rejection with an Error", () => Promise.reject(new Error("boom"))],
      ["a rejection with a plain object", () => Promise.reject({ code: "X" })],
      ["silence", () => new Promise(() => {})],
    ] as const)("%s says nothing: the server is asked, and nothing is charged", ([, answer]) =>
      Effect.gen(function* () {
        const { checkout } = yield* page(answer, { sheetPatienceMs: 50 })
        checkout.pay(wish)
        const screen = yield* untilStep(checkout, "ready")
        expect(screen.reason).toBe("NO_ANSWER")
        expect(yield* charges(screen)).toBe(0)
      }),
    )

    it.effect.each([
      ["an answer that is lost", async () => undefined],
      ["a sheet that fails after the approval", () => Promise.reject(new Error("boom"))],
    ] as const)("%s after the buyer approved still ends as paid, once", ([, answer]) =>
      Effect.gen(function* () {
        const { approve } = yield* approving
        const { checkout } = yield* page(async (payToken) => {
          await approve(payToken)
          return answer()
        })
        checkout.pay(wish)
        expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
      }),
    )

    it.effect("a success that TossPay never saw charges nothing", () =>
      Effect.gen(function* () {
        const { checkout } = yield* page(async () => ({ success: true }))
        checkout.pay(wish)
        expect(yield* charges(yield* untilStep(checkout, "ready"))).toBe(0)
      }),
    )

    it.effect("an outcome that is unknown tells the buyer to wait, offers nothing, and is found out", () =>
      Effect.gen(function* () {
        const { andSay } = yield* approving
        const simulator = yield* TossPaySimulator
        yield* simulator.setFault({ call: "execute-payment", fault: "replyLostAfter", times: 1 } as never)
        yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 } as never)
        const { checkout } = yield* page(andSay({ success: true }))
        checkout.pay(wish)
        const waiting = yield* until(checkout, (screen) => screen.step === "confirming")
        expect(waiting.canPay).toBe(false)
        expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
      }),
    )

    it.effect("a mismatch is not offered to be paid again", () =>
      Effect.gen(function* () {
        const { andSay } = yield* approving
        const simulator = yield* TossPaySimulator
        yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 } as never)
        const { checkout, options } = yield* page(andSay({ success: true }))
        checkout.pay(wish)
        const screen = yield* until(checkout, ({ step }) => step === "review")
        expect(screen).toMatchObject({ at: "mismatched.charged", canPay: false, canStartOver: false })
        const next = createCheckout(options)
        const leave = next.start()
        expect(yield* until(next, ({ step }) => step === "review")).toMatchObject({ canPay: false })
        leave()
      }),
    )

    it.effect(
      "a price that changed is refused with the server's words, and the next tap is a new order",
      () =>
        Effect.gen(function* () {
          const { andSay } = yield* approving
          const { checkout } = yield* page(andSay({ success: true }))
          checkout.pay({ ...wish, expectedAmount: 1 })
          const screen = yield* until(checkout, ({ message, canPay }) => message !== null && canPay)
          expect(screen.step).toBe("idle")
          checkout.pay(wish)
          yield* untilStep(checkout, "paid")
        }),
    )

    it.effect("a page that dies while the sheet is open is resumed: what was approved is paid once", () =>
      Effect.gen(function* () {
        const { approve } = yield* approving
        const { promise: died, resolve } = Promise.withResolvers<void>()
        const { checkout, options } = yield* page(async (payToken) => {
          await approve(payToken)
          resolve()
          return new Promise(() => {})
        })
        checkout.pay(wish)
        yield* Effect.promise(() => died)
        const next = createCheckout(options)
        const leave = next.start()
        const screen = yield* untilStep(next, "paid")
        expect(screen.amount).toBe(9_000)
        expect(yield* charges(screen)).toBe(1)
        leave()
      }),
    )

    it.effect("a page that died before anything was approved offers the same order again", () =>
      Effect.gen(function* () {
        const { andSay } = yield* approving
        const { promise: opened, resolve } = Promise.withResolvers<void>()
        const { checkout, options } = yield* page(async () => {
          resolve()
          return new Promise(() => {})
        })
        checkout.pay(wish)
        yield* Effect.promise(() => opened)
        const next = createCheckout({
          ...options,
          checkoutPayment: ({ params }) => andSay({ success: true })(params.payToken),
        })
        const leave = next.start()
        const ready = yield* untilStep(next, "ready")
        expect(ready.orderId).toBe(checkout.screen().orderId)
        next.pay(wish)
        const paid = yield* untilStep(next, "paid")
        expect(paid.orderId).toBe(ready.orderId)
        leave()
      }),
    )

    it.effect("a create whose reply is lost is sent again under the same key, and is one order", () =>
      Effect.gen(function* () {
        const { andSay } = yield* approving
        let lost = 0
        const flaky: typeof fetch = async (input, init) => {
          const reply = await fetch(input, init)
          if (String(input).endsWith("/create") && lost++ === 0) throw new TypeError("connection lost")
          return reply
        }
        const { checkout, options } = yield* page(andSay({ success: true }), { fetch: flaky })
        checkout.pay(wish)
        yield* untilStep(checkout, "paid")
        const listed = yield* Effect.promise(() =>
          fetch(`${options.baseUrl}/api/payment/orders`, {
            headers: options.headers?.() as Record<string, string>,
          }).then((reply) => reply.json()),
        )
        expect(listed.orders).toHaveLength(1)
      }),
    )

    it.effect("outside the Toss app nothing is sent, and the buyer is told where to pay", () =>
      Effect.gen(function* () {
        const { checkout } = yield* page(() => Promise.reject(new Error("not reached")), {
          isInTossApp: () => false,
          fetch: () => Promise.reject(new Error("not reached")),
        })
        checkout.pay(wish)
        expect(checkout.screen()).toMatchObject({ step: "idle", reason: "ONLY_IN_TOSS", canPay: true })
      }),
    )

    it.effect("a server that cannot be reached charges nothing, and the tap can be repeated", () =>
      Effect.gen(function* () {
        const { checkout } = yield* page(() => Promise.reject(new Error("not reached")), {
          fetch: () => Promise.reject(new TypeError("no network")),
        })
        checkout.pay(wish)
        expect(yield* until(checkout, ({ reason, canPay }) => reason !== null && canPay)).toMatchObject({
          step: "idle",
          reason: "UNREACHABLE",
        })
      }),
    )
  })
})
