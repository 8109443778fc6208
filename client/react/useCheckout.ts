import { useSelector } from "@xstate/react"
import { useEffect, useRef, useState, useSyncExternalStore } from "react"
import type { Wish } from "../api.ts"
import { createCheckout } from "../checkout.ts"
import type { CheckoutActor } from "../copy.ts"
import { type Language, messages, type Words, wordsOf } from "../messages.ts"
import type { Checkout, CheckoutOptions, Screen } from "../screen.ts"

export interface UseCheckoutOptions extends Omit<CheckoutOptions, "language"> {
  /** Absent: Korean where the browser speaks it, else English. */
  readonly language?: Language
  /** Replace any of the words. */
  readonly words?: Partial<Words>
}

export interface UsedCheckout {
  readonly screen: Screen
  /** What the buyer is to be told now; empty when there is nothing to say. */
  readonly text: string
  readonly words: Words
  readonly pay: (wish: Wish) => void
  readonly askAgain: () => void
  readonly startOver: () => void
  /** The copy of the machine, for the inspector and for selectors of one's own; `null` before there is an order. */
  readonly actor: CheckoutActor | null
  /** The states that the machine is in, such as `{ executing: "unknown" }`; `undefined` before there is an order. */
  readonly value: unknown
}

/**
 * A checkout for this component. What an earlier page left unfinished is taken up when it mounts. Except for the language and
 * the words, the options of the first render count. Needs no provider, and nothing of it runs on a server.
 */
export const useCheckout = ({ language, words: changes, ...options }: UseCheckoutOptions): UsedCheckout => {
  const spoken = useRef<Language>("ko")
  spoken.current = language ?? preferred()
  const [checkout] = useState<Checkout>(() =>
    createCheckout({
      ...options,
      get language() {
        return spoken.current
      },
    }),
  )
  useEffect(() => checkout.start(), [checkout])

  const screen = useSyncExternalStore(checkout.subscribe, checkout.screen, checkout.screen)
  const actor = checkout.actor()
  const value = useSelector(actor ?? undefined, (snapshot) => snapshot?.value)
  const words: Words = { ...messages[spoken.current], ...changes }
  const { pay, askAgain, startOver } = checkout
  return { screen, text: wordsOf(screen, words), words, pay, askAgain, startOver, actor, value }
}

const preferred = (): Language =>
  typeof navigator === "undefined" || navigator.language.startsWith("ko") ? "ko" : "en"
