/**
 * One payment in the webview, from the buyer's tap to its end. It holds a copy of the machine: what happens here moves it
 * at once, and whatever the server says takes its place. What may be done next always follows from the machine's state.
 */

import { actionsOf, isOver, nextOf, stepOf } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import { makeApi, Refused, Undecided, type Wish } from "./api.ts"
import { known, makeCopy } from "./copy.ts"
import { delayMs, patiently } from "./patience.ts"
import { type Pending, readPending, webStorage } from "./pending.ts"
import {
  type Checkout,
  type CheckoutEvent,
  type CheckoutOptions,
  changed,
  idle,
  type Reason,
  type Screen,
} from "./screen.ts"
import {
  defaultSheetPatienceMs,
  isInTossApp,
  openSheet,
  type SheetAnswer,
  sdkCheckoutPayment,
} from "./sheet.ts"
import { makeWaiting } from "./waiting.ts"

export const createCheckout = (options: CheckoutOptions): Checkout => {
  const api = makeApi(options)
  const store = options.store ?? webStorage()
  const listeners = new Set<() => void>()
  const waiting = makeWaiting()
  let screen = idle
  let pending: Pending | null = null
  let isBusy = false
  /** What the sheet came to, told to the buyer if they have to go there again. */
  let sheetReason: Reason | null = null

  const tell = (event: CheckoutEvent) => options.onEvent?.(event)

  const show = (change: Partial<Screen>) => {
    screen = changed(screen, change, isBusy)
    for (const listener of listeners) listener()
  }

  const keep = async (next: Pending | null) => {
    pending = next
    await (next === null ? store.remove() : store.write(JSON.stringify(next)))
  }

  /** What is left to do by itself; each instruction of the machine adds to it. */
  let work: Promise<void> = Promise.resolve()
  const then = (next: () => Promise<void>) => {
    work = work.then(next)
  }
  const copy = makeCopy({
    executePayment: () => then(execute),
    askStatus: () => then(ask),
    onMove: (at, orderId) => {
      if (at !== screen.at) tell({ type: "moved", orderId, to: at })
      show({ at, orderId, step: stepOf(at) })
    },
    inspect: options.inspect,
  })

  const told = async (at: StatePath, message: string | null) => {
    copy.stand(at, order())
    show({ message, reason: stepOf(at) === "ready" ? sheetReason : null })
    switch (nextOf(at)) {
      case "ask":
        await waiting.pause(delayMs(waiting.count()))
        return ask()
      case "execute":
        return copy.send({ type: "ExecutionStarted" })
      case null:
        if (isOver(at)) await keep(null)
    }
  }

  const order = () => ({ orderId: pending?.orderId ?? "", payToken: pending?.payToken ?? "" })

  const ask = async () => {
    const { at, amount, detail } = await patiently(() => api.order(order().orderId), waiting)
    show({ amount })
    await told(known(at), detail ?? null)
  }

  const execute = async () => {
    const onWait = () => show({ step: "confirming" })
    const { at, ok, message } = await patiently(() => api.execute(order().payToken), { ...waiting, onWait })
    waiting.reset()
    await told(known(at), ok ? null : (message ?? null))
  }

  const create = async (wish: Wish) => {
    const text = JSON.stringify(wish)
    if (pending === null || pending.wish !== text) await keep({ key: crypto.randomUUID(), wish: text })
    const { key, payToken } = pending as unknown as Pending
    if (payToken !== undefined) return
    const created = await patiently(() => api.create(wish, key), { ...waiting, tries: 3 })
    await keep({ key, wish: text, orderId: created.orderId, payToken: created.payToken })
    tell({ type: "created", orderId: created.orderId, amount: created.amount })
    show({ amount: created.amount })
    copy.stand("minted.ready", order())
  }

  const authenticate = async () => {
    const { orderId, payToken } = order()
    copy.send({ type: "AuthenticationStarted" })
    show({ step: "authenticating", reason: null, message: null })
    tell({ type: "sheetOpened", orderId })
    const report = (...about: [SheetAnswer["outcome"] | "started", string | null]) =>
      api.report(payToken, ...about).catch(() => null)
    const started = report("started", null)
    const patienceMs = options.sheetPatienceMs ?? defaultSheetPatienceMs
    const { outcome, reason } = await openSheet(
      options.checkoutPayment ?? sdkCheckoutPayment,
      payToken,
      patienceMs,
    )
    tell({ type: "sheetAnswered", orderId, outcome })
    await started
    switch (outcome) {
      case "succeeded":
        sheetReason = null
        copy.send({ type: "AuthenticationSucceeded" })
        return copy.send({ type: "ExecutionStarted" })
      case "rejected": {
        sheetReason = "CLOSED"
        copy.send({ type: "AuthenticationRejected", reason })
        const view = await report(outcome, reason)
        return told(known(view?.at ?? "minted.ready"), reason)
      }
      case "unknown":
        sheetReason = "NO_ANSWER"
        show({ step: "confirming" })
        await report(outcome, reason)
        return copy.send({ type: "AuthenticationUnknown", reason })
    }
  }

  /** An earlier page left an order, and whatever its sheet said is lost: the server is told so, and asks TossPay. */
  const resume = async () => {
    pending = await readPending(store)
    if (pending?.orderId === undefined) return
    const { orderId, payToken = "" } = pending
    show({ step: "confirming", orderId })
    const found = await patiently(() => api.order(orderId), waiting)
    show({ amount: found.amount })
    const isLost = actionsOf(known(found.at)).includes("authenticate")
    const view = isLost ? await patiently(() => api.report(payToken, "unknown", null), waiting) : found
    await told(known(view.at), view.detail ?? null)
  }

  /** Works on one thing at a time, and on everything that the machine asks for because of it. */
  const busily = async (begin: () => Promise<void>) => {
    if (isBusy) return
    isBusy = true
    show({})
    try {
      await begin()
      for (let last = null as unknown; last !== work; ) {
        last = work
        await work
      }
    } catch (error) {
      work = Promise.resolve()
      await failed(error)
    }
    isBusy = false
    show({})
  }

  const failed = async (error: unknown) => {
    if (waiting.signal().aborted) return
    const isNew = pending?.payToken === undefined
    if (error instanceof Refused && isNew) await keep(null)
    const step = isNew ? "idle" : screen.step
    if (error instanceof Refused) return show({ step, message: error.message })
    if (error instanceof Undecided)
      return show({ step, message: error.message || null, reason: "UNREACHABLE" })
    throw error
  }

  const leave = () => {
    copy.drop()
    pending = null
    sheetReason = null
    show(idle)
  }

  return {
    screen: () => screen,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    actor: copy.actor,
    start: () => {
      const stop = waiting.start()
      void busily(resume)
      return stop
    },
    pay: (wish) => {
      if (isBusy || !screen.canPay) return
      tell({ type: "tapped" })
      if (!(options.isInTossApp ?? isInTossApp)()) return show({ reason: "ONLY_IN_TOSS", message: null })
      void busily(async () => {
        if (screen.at !== null && isOver(screen.at)) leave()
        show({ step: "creating", reason: null, message: null })
        await create(wish)
        await authenticate()
      })
    },
    askAgain: () => void busily(resume),
    startOver: () => {
      if (screen.canStartOver) leave()
    },
  }
}
