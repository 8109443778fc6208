/**
 * One payment in the webview, from the buyer's tap to its end. It holds a copy of the machine: what happens here moves it
 * at once, and whatever the server says takes its place. What may be done next always follows from the machine's state.
 */

import { allows, isInDoubt, nextOf, stepOf } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import { isNobodys, makeApi, type Standing, Unanswered, type Wish } from "./api.ts"
import { makeCopy } from "./copy.ts"
import { type Earlier, makeEarlier } from "./earlier.ts"
import { makeMarker } from "./marker.ts"
import { ofThisPage } from "./memory.ts"
import { left, makePatience } from "./patience.ts"
import { safely } from "./safely.ts"
import type { Checkout, CheckoutEvent, CheckoutOptions, Reason } from "./screen.ts"
import { changed, idle } from "./screen.ts"
import { hints, inTime, isInTossApp, noAnswer, openSheet, type SheetAnswer } from "./sheet.ts"
import { makeWork } from "./work.ts"

/** `memory` is what the page remembers; absent, that of this page. */
export const createCheckout = (options: CheckoutOptions, memory = ofThisPage): Checkout => {
  const api = makeApi(options)
  const marker = makeMarker(options, memory)
  const orderId = () => marker.current().orderId ?? ""
  const payToken = () => marker.current().payToken ?? ""
  const listeners = new Set<() => void>()
  let screen = idle
  /** What the sheet came to, told to the buyer if they have to go there again. */
  let sheetReason: Reason | null = null
  /** The sheet that was waited for last. */
  let sheet: Promise<SheetAnswer> | undefined
  /** What the server has not heard of the sheet yet. */
  let unheard: SheetAnswer | null = null

  const tell = (event: CheckoutEvent) => queueMicrotask(() => options.onEvent?.(event))

  const show = (change: Partial<typeof screen>) => {
    screen = changed(screen, change)
    for (const listener of listeners) void safely(listener)
  }

  const work = makeWork(
    (isBusy) => show({ isBusy }),
    (error) => failed(error),
  )

  const copy = makeCopy({
    executePayment: () => work.next(execute),
    askStatus: () => work.next(ask),
    moved: (at, orderId) => {
      if (at !== screen.at) tell({ type: "moved", orderId, to: at })
      show({ at, orderId, step: stepOf(at) })
    },
    inspect: (event) => void safely(() => options.inspect?.(event)),
  })

  /** The server's word: the copy is put there, and what follows is done. */
  const told = async ({ at, ...standing }: Standing, isToPay = false): Promise<void> => {
    const isOwn = marker.isOwn()
    // The order of another button is none of this one's business, unless it stands in its way.
    if (!isOwn && !isInDoubt(at)) return leave()
    // The buyer may be at the sheet already: by another button, or by this one before it was mounted anew.
    const mayAuthenticate = allows(at, "authenticate")
    const isAtSheet = (memory.sheets.get(payToken()) ?? sheet) !== sheet
    if (isOwn && mayAuthenticate && (isToPay || isAtSheet)) return authenticate(at)
    const [step, next] = [stepOf(at), nextOf(at)]
    if (next === null) memory.sheets.delete(payToken())
    // What was wrong with a payment is over once its money is back.
    const detail = next || step === "refunded" ? null : (standing.detail ?? null)
    const amount = standing.amount ?? screen.amount
    const reason = step === "ready" ? sheetReason : null
    copy.stand(at, orderId())
    // Of a sheet our own words come first; what it said itself may be a code.
    show({ step, reason, amount, detail, message: reason ? null : detail })
    if (next === "execute") return copy.send({ type: "ExecutionStarted" })
    if (next === "ask") {
      // Hints may overtake each other: as long as the server waits for a sheet it is told that none will answer.
      if (mayAuthenticate) unheard = noAnswer
      await patience.rest()
      work.next(ask)
    } else if (allows(at, "create")) {
      await marker.keep({ isOver: true })
    } else if (step === "paid") {
      await marker.told(() => tell({ type: "paid", orderId: orderId(), amount: amount ?? 0 }))
    }
  }

  /** Of a sheet that gave no answer the server is told so, and asks TossPay. What it was is heard only once. */
  const ask = async () => {
    const found = await patience.ask(() =>
      unheard ? api.report(payToken(), unheard.outcome, unheard.reason) : api.order(orderId()),
    )
    unheard = null
    await told(found)
  }

  const execute = async () => {
    const news = await patience.ask(() => api.execute(payToken()))
    patience.hurry()
    await told(news)
  }

  /** Pays the order that was left, if it is for this wish and still open, else a new one unless that might charge twice. */
  const begin = async (wish: Wish) => {
    show({ step: "creating", reason: null, message: null })
    const text = JSON.stringify(wish)
    // Another page may have begun in the meantime, or ended.
    const found = await earlier(patience.soon, (one) => one.wish === text)
    if (found && !allows(found[1].at, "create")) return turnTo(found, found[0].wish === text)
    leave()
    show({ step: "creating" })
    await create(wish, await marker.begin(text))
  }

  const create = async (wish: Wish, isNewKey: boolean) => {
    let tries = 0
    const { orderId, payToken, amount } = await patience.soon(() => {
      tries += 1
      return api.create(wish, marker.current().key)
    })
    await marker.keep({ orderId, payToken })
    tell({ type: "created", orderId, amount })
    show({ amount })
    // The shop's reference, or a key that was sent before, may have led to an order that another page took further.
    const isNew = isNewKey && tries === 1 && wish.reference === undefined
    await told(isNew ? { at: "minted.ready" } : await patience.soon(() => api.order(orderId)), true)
  }

  const authenticate = async (at: StatePath) => {
    copy.stand(at, orderId())
    const isOpen = memory.sheets.has(payToken())
    // Whether the server hears it or not, it finds out by itself.
    const started = isOpen || api.report(payToken(), "started", null).catch(() => {})
    copy.send({ type: hints.started })
    show({ step: "authenticating", reason: null, message: null })
    if (!isOpen) tell({ type: "sheetOpened", orderId: orderId() })
    sheet = memory.sheets.get(payToken()) ?? openSheet(options, payToken())
    memory.sheets.set(payToken(), sheet)
    const answer = await inTime(sheet, options, askAgain)
    const { outcome, reason } = answer
    if (!isOpen) tell({ type: "sheetAnswered", orderId: orderId(), ...answer })
    copy.send({ type: hints[outcome], reason })
    if (outcome === "succeeded") {
      sheetReason = null
      return copy.send({ type: "ExecutionStarted" })
    }
    const isClosed = outcome === "rejected"
    sheetReason = isClosed ? "CLOSED" : "NO_ANSWER"
    if (isClosed) await started
    // Another page may have paid the order meanwhile, so the server has the last word.
    unheard = answer
    work.next(ask)
  }

  /** The page comes up, or the buyer comes back to it. */
  const resume = async () => {
    // What was shown is over or was refused, and the page offers something else by now.
    if (!(screen.at && isInDoubt(screen.at))) stays()
    const found = await earlier((request) => {
      if (!screen.at) show({ step: "confirming" })
      return patience.ask(request)
    }, marker.offers)
    if (found) return turnTo(found)
    // What was shown is another buyer's by now.
    if (orderId() && !marker.current().isOver) leave()
    atRest()
  }

  const turnTo = async ([one, standing]: Earlier, isFromTap = false) => {
    if (one.key !== marker.current().key) leave()
    marker.stand(one, isFromTap)
    await told(standing, isFromTap)
  }

  const failed = async (error: unknown) => {
    if (error === left) return
    if (isNobodys(error)) return leave()
    atRest()
    if (!(error instanceof Unanswered)) throw error
    explain(error.why)
    if (!error.why.isFinal) return
    const { reason, amount, order } = error.why
    tell({ type: "refused", reason, amount })
    show({ amount: amount ?? screen.amount })
    // Nothing was ordered, unless it is paid already.
    await marker.keep(order ? { orderId: order.orderId } : { isOver: true })
    if (stays() && order) work.next(ask)
  }

  /** Leaves what the page no longer offers; whether it still does. */
  const stays = (): boolean => {
    const isOffered = marker.stays(screen.amount)
    if (!isOffered) leave()
    return isOffered
  }

  /** Shows where it stands by the last word. */
  const atRest = () => show({ step: screen.at ? stepOf(screen.at) : "idle" })

  const explain = ({ reason, message }: Unanswered["why"]) => show({ reason, message: message || null })

  const leave = () => {
    copy.stop()
    marker.leave()
    sheetReason = null
    unheard = null
    show({ ...idle, isBusy: screen.isBusy })
  }

  const askAgain = () => {
    patience.hurry()
    void work.begin(resume)
  }

  const patience = makePatience(askAgain, (why) => {
    // Another page may be paying what this one offers.
    if (/executing|ready/.test(screen.step)) show({ step: "confirming" })
    // It goes on once the buyer has signed in, so they have to know.
    if (why.reason === "UNAUTHENTICATED") explain(why)
  })
  const earlier = makeEarlier(api, marker)

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
      patience.hurry()
      void work.begin(() => begin(wish))
    },
    askAgain,
    startOver: () => {
      if (!screen.canStartOver) return
      void marker.keep({ isOver: true })
      leave()
    },
  }
}
