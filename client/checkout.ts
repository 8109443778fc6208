/**
 * One payment in the webview, from the buyer's tap to its end. It holds a copy of the machine: what happens here moves it
 * at once, and whatever the server says takes its place. What may be done next always follows from the machine's state.
 */

import { actionsOf, isInDoubt, nearest, nextOf, stepOf } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import { makeApi, Refused, type Standing, Undecided, type Wish } from "./api.ts"
import { makeCopy } from "./copy.ts"
import { left, makePatience } from "./patience.ts"
import { makeStore, newKey, type Pending } from "./pending.ts"
import {
  type Checkout,
  type CheckoutEvent,
  type CheckoutOptions,
  changed,
  idle,
  type Reason,
} from "./screen.ts"
import { hints, isInTossApp, openSheet, type SheetAnswer, sdkCheckoutPayment } from "./sheet.ts"
import { makeWork } from "./work.ts"

export const createCheckout = (options: CheckoutOptions): Checkout => {
  const api = makeApi(options)
  const store = makeStore(() => options.storage ?? localStorage, options.storageName ?? "tosspay-checkout")
  const listeners = new Set<() => void>()
  let screen = idle
  let pending: Pending = {}
  /** What the sheet came to, told to the buyer if they have to go there again. */
  let sheetReason: Reason | null = null
  /** The sheet gave no answer, and the server has not heard that yet. */
  let unheard: SheetAnswer | null = null

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
  const told = async (standing: Standing) => {
    const at = nearest(standing)
    const [step, next] = [stepOf(at), nextOf(at)]
    const detail = next === null ? (standing.detail ?? null) : null
    const amount = standing.amount ?? screen.amount
    const reason = step === "ready" ? sheetReason : null
    copy.stand(at, orderId())
    // Of a sheet our own words come first; what it said itself may be a code.
    show({ step, reason, amount, detail, message: reason === null ? detail : null })
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

  const lost = async () => {
    const found = await api.report(payToken(), "unknown", unheard?.reason ?? null)
    unheard = null
    return found
  }

  /** How the order stands. Where nothing is known of its sheet the server is told so, and asks TossPay. */
  const look = async (tries?: number) => {
    const found = await patience.patiently(order, () => {}, tries)
    const isLost = actionsOf(nearest(found)).includes("authenticate")
    return isLost ? patience.patiently(lost, () => {}, tries) : found
  }

  const ask = async () => told(await patience.patiently(unheard ? lost : order))

  const execute = async () => {
    const onWait = () => show({ step: "confirming" })
    const news = await patience.patiently(() => api.execute(payToken()), onWait)
    patience.refresh()
    await told(news)
  }

  /** Pays the order that was left, if it is for this wish and still open, else a new one unless that might charge twice. */
  const begin = async (wish: Wish) => {
    // Another page may have begun in the meantime, or ended.
    pending = await store.read()
    const isSame = pending.wish === JSON.stringify(wish)
    show({ step: "creating", reason: null, message: null })
    if (pending.orderId !== undefined) {
      const found = isSame ? await patience.patiently(order, () => {}, 3) : await look(3)
      const at = nearest(found)
      const actions = actionsOf(at)
      if (isSame && actions.includes("authenticate")) return authenticate(at)
      if (!actions.includes("create") && (isSame || isInDoubt(at))) return told(found)
    }
    if (!isSame || pending.orderId !== undefined) leave()
    show({ step: "creating" })
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

  /** Whether the server hears it or not, it finds out by itself. */
  const report = (outcome: keyof typeof hints, reason: string | null = null) =>
    api.report(payToken(), outcome, reason).catch(() => null)

  const authenticate = async (at: StatePath) => {
    copy.stand(at, orderId())
    const { checkoutPayment = sdkCheckoutPayment, sheetPatienceMs = 180_000 } = options
    const started = report("started")
    copy.send({ type: hints.started })
    show({ step: "authenticating", reason: null, message: null })
    tell({ type: "sheetOpened", orderId: orderId() })
    const answer = await openSheet(checkoutPayment, payToken(), sheetPatienceMs, askAgain)
    const { outcome, reason } = answer
    tell({ type: "sheetAnswered", orderId: orderId(), outcome })
    if (outcome === "succeeded") {
      sheetReason = null
      copy.send({ type: hints.succeeded })
      return copy.send({ type: "ExecutionStarted" })
    }
    const isClosed = outcome === "rejected"
    sheetReason = isClosed ? "CLOSED" : "NO_ANSWER"
    unheard = isClosed ? null : answer
    // The machine then asks, as often as it takes.
    copy.send({ type: hints[outcome], reason })
    if (!isClosed) return
    await started
    const view = await report(outcome, reason)
    await told({ at: view?.at ?? "minted.ready", detail: reason })
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
    await told(await look())
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
    unheard = null
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
