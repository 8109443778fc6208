/**
 * One payment in the webview, from the buyer's tap to its end. It holds a copy of the machine: what happens here moves it
 * at once, and whatever the server says takes its place. What may be done next always follows from the machine's state.
 */

import { type ActorRefFrom, createActor, type InspectionEvent } from "xstate"
import { checkoutMachine } from "../machines/checkout.ts"
import { opened } from "../machines/context.ts"
import type { Order } from "../machines/facts.ts"
import { isOver, nextOf, type Step, stepOf } from "../machines/screen.ts"
import { isStatePath, type StatePath, stateInfo } from "../machines/states.ts"
import { type ApiOptions, makeApi, Refused, Undecided, type Wish } from "./api.ts"
import { delayMs, patiently } from "./patience.ts"
import { type Pending, type PendingStore, readPending, webStorage } from "./pending.ts"
import {
  type CheckoutPayment,
  defaultSheetPatienceMs,
  isInTossApp,
  openSheet,
  type SheetAnswer,
  sdkCheckoutPayment,
} from "./sheet.ts"
import { makeWaiting } from "./waiting.ts"

/** Why the buyer stands where they stand, when it was not the server that said so. */
export type Reason = "ONLY_IN_TOSS" | "CLOSED" | "NO_ANSWER" | "UNREACHABLE"

/** What to show. A new object whenever something changed. */
export interface Screen {
  readonly step: Step | "idle" | "creating" | "authenticating"
  /** The machine's state; `null` before there is an order. */
  readonly at: StatePath | null
  readonly orderId: string | null
  /** Won. */
  readonly amount: number | null
  readonly reason: Reason | null
  /** The server's, TossPay's or the SDK's own words, to be shown as they are. */
  readonly message: string | null
  /** A tap to pay does something now. */
  readonly canPay: boolean
}

/** What happened, for the app's own analytics. */
export type CheckoutEvent =
  | { readonly type: "tapped" }
  | { readonly type: "created"; readonly orderId: string; readonly amount: number }
  | { readonly type: "sheetOpened"; readonly orderId: string }
  | { readonly type: "sheetAnswered"; readonly orderId: string; readonly outcome: SheetAnswer["outcome"] }
  | { readonly type: "moved"; readonly orderId: string; readonly to: StatePath }

export interface CheckoutOptions extends ApiOptions {
  /** Absent: the one of `@apps-in-toss/web-framework`. */
  readonly checkoutPayment?: CheckoutPayment
  /** Absent: whether the Toss app's bridge is there. */
  readonly isInTossApp?: () => boolean
  /** Absent: the browser's localStorage. */
  readonly store?: PendingStore
  /** How long the sheet may stay silent before the server is asked, in milliseconds. */
  readonly sheetPatienceMs?: number
  readonly onEvent?: (event: CheckoutEvent) => void
  /** Sees every move of the machine, as XState's own `inspect`. */
  readonly inspect?: (event: InspectionEvent) => void
}

export interface Checkout {
  readonly screen: () => Screen
  /** Calls back on every change; returns how to stop that. */
  readonly subscribe: (listener: () => void) => () => void
  /** The copy of the machine as it runs now; `null` before there is an order. */
  readonly actor: () => CheckoutActor | null
  /** Takes up what an earlier page left unfinished. Returns how to stop; what TossPay was asked goes on. */
  readonly start: () => () => void
  /** The buyer's tap. A second one while the first is worked on does nothing. */
  readonly pay: (wish: Wish) => void
}

export type CheckoutActor = ActorRefFrom<typeof checkoutMachine>

const idle: Screen = {
  step: "idle",
  at: null,
  orderId: null,
  amount: null,
  reason: null,
  message: null,
  canPay: true,
}

export const createCheckout = (options: CheckoutOptions): Checkout => {
  const api = makeApi(options)
  const store = options.store ?? webStorage()
  const listeners = new Set<() => void>()
  const waiting = makeWaiting()
  let screen = idle
  let actor: CheckoutActor | null = null
  let pending: Pending | null = null
  let isBusy = false
  /** What the sheet came to, told to the buyer if they have to go there again. */
  let sheetReason: Reason | null = null

  const tell = (event: CheckoutEvent) => options.onEvent?.(event)

  const show = (change: Partial<Screen>) => {
    screen = { ...screen, ...change, canPay: !isBusy && (change.canPay ?? screen.canPay) }
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
  const machine = checkoutMachine.provide({
    actions: { executePayment: () => then(execute), askStatus: () => then(ask) },
  })

  /** Puts the copy of the machine where the server says that the checkout stands. */
  const stand = (at: StatePath) => {
    const orderId = pending?.orderId ?? ""
    if (actor !== null && pathOf(actor) === at && screen.orderId === orderId) return
    actor?.stop()
    const [state, finer] = at.split(".") as [string, string]
    const order = { orderId, amount: screen.amount ?? 0, leaseMs: 0, ttlMs: 0 } as Order
    const context = { ...opened(order, now()), payToken: pending?.payToken ?? null }
    const snapshot = checkoutMachine.resolveState({ value: { [state]: finer } as never, context })
    const { inspect } = options
    const next = createActor(machine, { snapshot, ...(inspect !== undefined && { inspect }) })
    actor = next
    next.subscribe(() => moved(pathOf(next), orderId))
    next.start()
    moved(at, orderId)
  }

  const moved = (at: StatePath, orderId: string) => {
    if (at !== screen.at) tell({ type: "moved", orderId, to: at })
    const isOpen = stateInfo(at).actions.some((action) => action === "authenticate" || action === "create")
    show({ at, orderId, step: stepOf(at), canPay: isOpen || isOver(at) })
  }

  const told = async (at: StatePath, message: string | null) => {
    stand(at)
    show({ message, reason: stepOf(at) === "ready" ? sheetReason : null })
    switch (nextOf(at)) {
      case "ask":
        await waiting.pause(delayMs(waiting.count()))
        return ask()
      case "execute":
        send({ type: "ExecutionStarted", attempt: (actor?.getSnapshot().context.attempts ?? 0) + 1 })
        return
      case null:
        if (isOver(at)) await keep(null)
    }
  }

  const send = (news: Record<string, unknown> & { type: string }): void =>
    actor?.send({ ...news, at: now() } as never)

  const ask = async () => {
    const orderId = pending?.orderId ?? ""
    const { at, amount, detail } = await patiently(() => api.order(orderId), waiting)
    show({ amount })
    await told(known(at), detail ?? null)
  }

  const execute = async () => {
    const payToken = pending?.payToken ?? ""
    const onWait = () => show({ step: "confirming" })
    const { at, ok, message } = await patiently(() => api.execute(payToken), { ...waiting, onWait })
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
    stand("minted.ready")
  }

  const authenticate = async () => {
    const { orderId = "", payToken = "" } = pending ?? {}
    send({ type: "AuthenticationStarted" })
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
        send({ type: "AuthenticationSucceeded" })
        return send({ type: "ExecutionStarted", attempt: 1 })
      case "rejected": {
        sheetReason = "CLOSED"
        send({ type: "AuthenticationRejected", reason })
        const view = await report(outcome, reason)
        return told(known(view?.at ?? "minted.ready"), reason)
      }
      case "unknown":
        sheetReason = "NO_ANSWER"
        show({ step: "confirming" })
        await report(outcome, reason)
        return send({ type: "AuthenticationUnknown", reason })
    }
  }

  /** An earlier page left an order. Its sheet is gone, so if it was open the server is told that nothing is known. */
  const resume = async () => {
    pending = await readPending(store)
    if (pending?.orderId === undefined) return
    const { orderId, payToken = "" } = pending
    show({ step: "confirming", orderId, canPay: false })
    const found = await patiently(() => api.order(orderId), waiting)
    show({ amount: found.amount })
    const wasOpen = stateInfo(known(found.at)).actions.includes("execute")
    const view = wasOpen ? await patiently(() => api.report(payToken, "unknown", null), waiting) : found
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
    show({ canPay: screen.at === null || screen.step === "ready" || isOver(screen.at) })
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

  return {
    screen: () => screen,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    actor: () => actor,
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
        show({ step: "creating", reason: null, message: null })
        if (screen.at !== null && isOver(screen.at)) actor = null
        await create(wish)
        await authenticate()
      })
    },
  }
}

const now = () => new Date().toISOString()

const pathOf = (actor: CheckoutActor): StatePath =>
  Object.entries(actor.getSnapshot().value).flat().join(".") as StatePath

/** A server that is newer than this page may name a state that it does not know: then there is only asking again. */
const known = (at: string): StatePath => (isStatePath(at) ? at : "executing.unknown")
