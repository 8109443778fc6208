/** A buyer's page without a browser: the client against the real server and simulator over HTTP; only the sheet is played. */

import { Effect } from "effect"
import { createCheckout } from "../../client/checkout.ts"
import type { Checkout, CheckoutEvent, CheckoutOptions, PendingStorage, Screen } from "../../client/index.ts"
import { newMemory } from "../../client/memory.ts"
import { Shop, TossPaySimulator } from "../support/server.ts"

export const wish = { items: [{ sku: "coffee", quantity: 2 }] }

export interface MemoryStorage extends PendingStorage {
  readonly kept: () => Record<string, unknown>
}

export const memoryStorage = (): MemoryStorage => {
  const texts = new Map<string, string>()
  return {
    getItem: (name) => texts.get(name) ?? null,
    setItem: (name, text) => {
      texts.set(name, text)
    },
    kept: () => {
      const left = [JSON.parse(texts.get("tosspay-checkout") ?? "[]")].flat()
      return left.find(({ isOver }) => isOver !== true) ?? {}
    },
  }
}

let buyers = 0

export interface Page {
  readonly options: CheckoutOptions
  readonly checkout: Checkout
  readonly storage: MemoryStorage
  readonly events: ReadonlyArray<CheckoutEvent>
  /** The page as it comes up after a reload, with the same storage and buyer. */
  readonly reloaded: (over?: Partial<CheckoutOptions>) => Checkout
  /** Another button of the same page, and how it goes away. */
  readonly mounted: (over?: Partial<CheckoutOptions>) => {
    readonly next: Checkout
    readonly unmount: () => void
  }
}

/** Another page of the same device, which shares nothing but what is in the storage. */
export const tab = (options: CheckoutOptions): Checkout => createCheckout(options, newMemory())

export type Sheet = (payToken: string) => unknown

/** `sheet` is what happens on the sheet and what the SDK makes of it. */
export const page = (sheet: Sheet, over: Partial<CheckoutOptions> = {}) =>
  Effect.gen(function* () {
    const { url } = yield* Shop
    buyers += 1
    const buyer = `page-${buyers}`
    const storage = memoryStorage()
    const events: Array<CheckoutEvent> = []
    const options: CheckoutOptions = {
      baseUrl: url,
      language: "en",
      headers: () => ({ "x-toss-user-key": buyer }),
      isInTossApp: () => true,
      storage,
      checkoutPayment: async ({ params }) => sheet(params.payToken),
      onEvent: (event) => events.push(event),
      ...over,
    }
    const made: Array<() => void> = []
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const leave of made) leave()
      }),
    )
    const reloaded = (changes: Partial<CheckoutOptions> = {}) => {
      const next = tab({ ...options, ...changes })
      made.push(next.start())
      return next
    }
    const memory = newMemory()
    const mounted = (changes: Partial<CheckoutOptions> = {}) => {
      const next = createCheckout({ ...options, ...changes }, memory)
      const unmount = next.start()
      made.push(unmount)
      return { next, unmount }
    }
    const checkout = createCheckout(options, memory)
    return { options, checkout, storage, events, reloaded, mounted } satisfies Page
  })

export const until = (checkout: Checkout, is: (screen: Screen) => boolean) =>
  Effect.promise(
    () =>
      new Promise<Screen>((resolve) => {
        let leave = () => {}
        const look = () => {
          if (!is(checkout.screen())) return
          leave()
          resolve(checkout.screen())
        }
        leave = checkout.subscribe(look)
        look()
      }),
  )

/** Until this step is shown and nothing is under way. */
export const untilStep = (checkout: Checkout, step: Screen["step"]) =>
  until(checkout, (screen) => screen.step === step && !screen.isBusy)

/** Until nothing is under way, whatever is shown. */
export const untilRest = (checkout: Checkout) => until(checkout, ({ isBusy }) => !isBusy)

export const charges = (screen: Pick<Screen, "orderId">) =>
  Effect.gen(function* () {
    const ledger = yield* (yield* TossPaySimulator).ledger
    return ledger.filter(({ orderNo, kind }) => orderNo === screen.orderId && kind === "charge").length
  })

/** The buyer's own orders, as the server tells them. */
export const ordersOf = ({ options }: Page) =>
  Effect.promise(async () => {
    const headers = (await options.headers?.()) ?? {}
    const reply = await fetch(`${options.baseUrl}/api/payment/orders`, { headers })
    return (await reply.json()).orders as ReadonlyArray<{ orderId: string; state: string }>
  })

/** What the buyer does at the bank, and what the SDK then says. */
export const approving = Effect.map(Shop, ({ sheet }) => {
  const approve = (payToken: string) => Effect.runPromise(sheet(payToken, "approve"))
  const andSay = (answer: unknown) => async (payToken: string) => {
    await approve(payToken)
    return answer
  }
  return { approve, andSay, pays: andSay({ success: true }) }
})

/** A moment of the sheet that the test waits for, and what happens then. */
export const moment = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { reached: Effect.promise(() => promise), reach: resolve }
}

/** A place where something waits until the test lets it go on. */
export const gate = () => {
  const [here, on] = [moment(), moment()]
  return {
    reached: here.reached,
    open: on.reach,
    pass: () => {
      here.reach()
      return Effect.runPromise(on.reached)
    },
  }
}

/** A sheet of which nothing is heard any more once the buyer has approved. */
export const dying = Effect.map(approving, ({ approve }) => {
  const approved = moment()
  const sheet = async (payToken: string) => {
    await approve(payToken)
    approved.reach()
    return silence()
  }
  return { sheet, approved: approved.reached }
})

export const silence = () => new Promise<never>(() => {})

/**
 * A network that loses some replies, after the server has heard the request, or in which somebody else answers.
 * `nth` counts the requests to one path.
 */
export const network = (
  meets: (path: string, nth: number) => "lost" | Response | undefined,
): typeof fetch => {
  const seen = new Map<string, number>()
  return async (input, init) => {
    const path = new URL(String(input)).pathname.replace("/api/payment", "")
    const nth = (seen.get(path) ?? 0) + 1
    seen.set(path, nth)
    const met = meets(path, nth)
    if (met instanceof Response) return met
    const reply = await fetch(input, init)
    if (met === "lost") throw new TypeError("connection lost")
    return reply
  }
}

export const no = (status: number, reason: string, headers: Record<string, string> = {}): Response =>
  Response.json({ ok: false, reason, message: `said ${reason}` }, { status, headers })
