/**
 * One payment in the webview, from the buyer's tap to its end. It holds a copy of the machine: what happens here moves it
 * at once, and whatever the server says takes its place. What may be done next always follows from the machine's state.
 */

import { actionsOf, nearest, nextOf, stepOf } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import { makeApi, Refused, type Standing, Undecided, type Wish } from "./api.ts"
import { makeCopy } from "./copy.ts"
import { left, makePatience } from "./patience.ts"
import { makeStore, type Pending } from "./pending.ts"
import {
  type Checkout,
  type CheckoutEvent,
  type CheckoutOptions,
  changed,
  idle,
  type Reason,
} from "./screen.ts"
import { isInTossApp, openSheet, sdkCheckoutPayment } from "./sheet.ts"
import { makeWork } from "./work.ts"

export const createCheckout = (options: CheckoutOptions): Checkout => {
  const api = makeApi(options)
  const store = makeStore(() => options.storage ?? localStorage, options.storageName ?? "tosspay-checkout")
  const listeners = new Set<() => void>()
  let screen = idle
  let pending: Pending = {}
  /** What the sheet came to, told to the buyer if they have to go there again. */
  let sheetReason: Reason | null = null

  const orderId = () => pending.orderId ?? ""
  const payToken = () => pending.payToken ?? ""

  const tell = (event: CheckoutEvent) => queueMicrotask(() => options.onEvent?.(event))

  const show = (change: Partial<typeof screen>) => {
    screen = changed(screen, change)
    for (const listener of listeners) listener()
  }

  const keep = (next: Pending) => {
    pending = next
    return store.write(next)
  }

  const work = makeWork({
    onBusy: (isBusy) => show({ isBusy }),
    onFailure: (error) => failed(error),
  })

  const copy = makeCopy({
    executePayment: () => work.next(execute),
    askStatus: () => work.next(ask),
    onMove: (at, orderId) => {
      if (at !== screen.at) tell({ type: "moved", orderId, to: at })
      show({ at, orderId, step: stepOf(at) })
    },
    inspect: options.inspect,
  })

  /** The server's word: the copy is put there, and what follows is done. */
  const told = async ({ at: said, amount, detail }: Standing) => {
    const at = nearest(said)
    const [step, next] = [stepOf(at), nextOf(at)]
    const reason = step === "ready" ? sheetReason : null
    // What the server says of an order whose sheet said nothing is about an earlier sheet.
    const isNews = next === null && reason !== "NO_ANSWER"
    copy.stand(at, orderId())
    show({ step, reason, amount: amount ?? screen.amount, message: (isNews && detail) || null })
    if (next === "execute") return copy.send({ type: "ExecutionStarted" })
    if (next === "ask") {
      await patience.rest()
      work.next(ask)
    } else if (actionsOf(at).includes("create")) {
      await keep({})
    } else if (step === "paid" && !pending.isTold) {
      tell({ type: "paid", orderId: orderId(), amount: screen.amount ?? 0 })
      await keep({ ...pending, isTold: true })
    }
  }

  const order = () => api.order(orderId())

  const ask = async () => told(await patience.patiently(order))

  const execute = async () => {
    const onWait = () => show({ step: "confirming" })
    const news = await patience.patiently(() => api.execute(payToken()), onWait)
    patience.refresh()
    await told(news)
  }

  /** Pays the order that was left, if it is for this wish and still open, else a new one. */
  const begin = async (wish: Wish) => {
    // Another page may have begun in the meantime, or ended.
    pending = await store.read()
    if (pending.wish !== JSON.stringify(wish)) leave()
    show({ step: "creating", reason: null, message: null })
    if (pending.orderId !== undefined) {
      const found = await patience.patiently(order, () => {}, 3)
      const actions = actionsOf(nearest(found.at))
      if (actions.includes("authenticate")) return authenticate(nearest(found.at))
      if (!actions.includes("create")) return told(found)
      leave()
      show({ step: "creating" })
    }
    await create(wish)
  }

  const create = async (wish: Wish) => {
    const { key = newKey() } = pending
    await keep({ key, wish: JSON.stringify(wish) })
    const { orderId, payToken, amount } = await patience.patiently(
      () => api.create(wish, key),
      () => {},
      3,
    )
    await keep({ ...pending, orderId, payToken })
    tell({ type: "created", orderId, amount })
    show({ amount })
    await authenticate("minted.ready")
  }

  /** Moves the copy, and tells the server; whether it hears it or not, it finds out by itself. */
  const hint = (outcome: keyof typeof hints, reason: string | null = null) => {
    copy.send({ type: hints[outcome], reason })
    return api.report(payToken(), outcome, reason).catch(() => null)
  }

  const authenticate = async (at: StatePath) => {
    copy.stand(at, orderId())
    const { checkoutPayment = sdkCheckoutPayment, sheetPatienceMs = 180_000 } = options
    const started = hint("started")
    show({ step: "authenticating", reason: null, message: null })
    tell({ type: "sheetOpened", orderId: orderId() })
    const { outcome, reason } = await openSheet(checkoutPayment, payToken(), sheetPatienceMs, askAgain)
    tell({ type: "sheetAnswered", orderId: orderId(), outcome })
    await started
    if (outcome === "succeeded") {
      sheetReason = null
      copy.send({ type: hints.succeeded })
      return copy.send({ type: "ExecutionStarted" })
    }
    const isClosed = outcome === "rejected"
    sheetReason = isClosed ? "CLOSED" : "NO_ANSWER"
    const heard = hint(outcome, reason)
    if (!isClosed) show({ step: "confirming" })
    const view = await heard
    if (isClosed) await told({ at: view?.at ?? "minted.ready", detail: reason })
  }

  /** An earlier page left an order, and whatever its sheet said is lost: the server is told so, and asks TossPay. */
  const resume = async () => {
    pending = await store.read()
    if (pending.orderId === undefined) return
    const isOfThisPage = options.wish === undefined || JSON.stringify(options.wish) === pending.wish
    if (screen.at === null) {
      if (pending.isTold && !isOfThisPage) return
      show({ step: "confirming", orderId: orderId() })
    }
    if (screen.orderId !== orderId()) copy.drop()
    const found = await patience.patiently(order)
    const isLost = actionsOf(nearest(found.at)).includes("authenticate")
    const lost = () => api.report(payToken(), "unknown", null)
    await told(isLost ? await patience.patiently(lost) : found)
  }

  const failed = async (error: unknown) => {
    if (error === left) return
    show({ step: screen.at === null ? "idle" : stepOf(screen.at) })
    if (error instanceof Undecided) return show({ message: error.message || null, reason: "UNREACHABLE" })
    if (!(error instanceof Refused)) throw error
    const { reason, message, order } = error
    tell({ type: "refused", reason })
    if (order !== undefined) {
      await keep({ ...pending, orderId: order.orderId })
      return told(order)
    }
    // Nothing was ordered, or it is the order of another buyer on this device.
    const isNobodys = reason === "CHECKOUT_NOT_FOUND"
    if (isNobodys || pending.orderId === undefined) await keep({})
    if (isNobodys) return leave()
    show({ message, reason })
  }

  const leave = () => {
    copy.drop()
    pending = {}
    sheetReason = null
    show({ ...idle, isBusy: screen.isBusy })
  }

  const askAgain = () => {
    patience.refresh()
    void work.begin(resume)
  }
  const patience = makePatience(askAgain)

  return {
    screen: () => screen,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    actor: copy.actor,
    start: () => {
      const stop = patience.start()
      askAgain()
      return stop
    },
    pay: (wish) => {
      if (!screen.canPay) return
      tell({ type: "tapped" })
      if (!(options.isInTossApp ?? isInTossApp)()) return show({ reason: "ONLY_IN_TOSS", message: null })
      patience.refresh()
      void work.begin(() => begin(wish))
    },
    askAgain,
    startOver: () => {
      if (!screen.canStartOver) return
      leave()
      void keep({})
    },
  }
}

const hints = {
  started: "AuthenticationStarted",
  succeeded: "AuthenticationSucceeded",
  rejected: "AuthenticationRejected",
  unknown: "AuthenticationUnknown",
} as const

/** Works without a secure context too: a phone that tries a page of the local network has none. */
const newKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-")
