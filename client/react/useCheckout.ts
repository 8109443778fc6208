import { useSelector } from "@xstate/react"
import { useEffect, useRef, useState, useSyncExternalStore } from "react"
import { createCheckout } from "../checkout.ts"
import type { CheckoutActor } from "../copy.ts"
import { type Language, messages, type Words, wordsOf } from "../messages.ts"
import type { Checkout, CheckoutOptions, Screen } from "../screen.ts"

export interface UseCheckoutOptions extends Omit<CheckoutOptions, "language"> {
  /** Absent: Korean where the browser speaks it, else English. */
  readonly language?: Language | undefined
  /** Replace any of the words. */
  readonly words?: Partial<Words> | undefined
}

export interface UsedCheckout extends Pick<Checkout, "pay" | "askAgain" | "startOver"> {
  readonly screen: Screen
  /** What the buyer is to be told now; empty when there is nothing to say. */
  readonly text: string
  readonly words: Words
  /** The copy of the machine, for the inspector and for selectors of one's own; `null` before there is an order. */
  readonly actor: CheckoutActor | null
  /** The states that the machine is in, such as `{ executing: "unknown" }`; `undefined` before there is an order. */
  readonly value: unknown
}

/**
 * A checkout for this component. What an earlier page left unfinished is taken up when it mounts, and whenever the buyer comes
 * back or the `wish` becomes another. Needs no provider, and nothing of it runs on a server. Whatever else differs in a later
 * render counts from then on, but for `storage` and `storageName`: give the component a `key` to change them.
 */
export const useCheckout = ({ words: changes, ...given }: UseCheckoutOptions): UsedCheckout => {
  // A server cannot know what the browser speaks, and both have to begin with the same words.
  const preferred = useSyncExternalStore(never, preferredLanguage, () => "ko" as const)
  const options = { ...given, language: given.language ?? preferred }
  const latest = useRef(options)
  const [checkout] = useState(() =>
    createCheckout(new Proxy(options, { get: (_, name) => latest.current[name as keyof typeof options] })),
  )
  useEffect(() => {
    latest.current = options
  })
  const offer = JSON.stringify(given.wish)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another offer is a reason to look again
  useEffect(() => checkout.start(), [checkout, offer])

  const screen = useSyncExternalStore(checkout.subscribe, checkout.screen, checkout.screen)
  const actor = checkout.actor()
  const value = useSelector(actor ?? undefined, (snapshot) => snapshot?.value)
  const words: Words = { ...(messages[options.language] ?? messages.en), ...changes }
  return { ...checkout, screen, text: wordsOf(screen, words), words, actor, value }
}

const never = () => () => {}

const preferredLanguage = (): Language => (navigator.language.startsWith("ko") ? "ko" : "en")
