import { type ComponentPropsWithoutRef, type ReactNode, useEffect, useId, useRef, useState } from "react"
import type { Wish } from "../api.ts"
import { safely } from "../safely.ts"
import type { Paid } from "../screen.ts"
import { type UseCheckoutOptions, useCheckout } from "./useCheckout.ts"

export interface PayButtonProps
  extends Omit<ComponentPropsWithoutRef<"button">, "children" | "disabled" | "onClick" | "type"> {
  /** Where the server is, and whatever else `useCheckout` takes. */
  readonly options: UseCheckoutOptions
  readonly wish: Wish
  /** Won, as the buyer sees it before paying. */
  readonly amount: number
  /** Instead of the words for paying. */
  readonly children?: ReactNode
  /** Called once for an order of this button's wish: see `Paid`. */
  readonly onPaid?: ((paid: Paid) => void) | undefined
}

/**
 * A button that pays, and a line beneath it that says how it stands and is read out by screen readers. Once an order is paid the
 * button offers the next one, while its outcome is being found out to check again, and after the price has changed the new one.
 * Without any style of its own: the parts have `data-tosspay` and the button `data-step`, so a stylesheet can reach everything.
 */
export const PayButton = ({ options, wish, amount, children, onPaid, ...attributes }: PayButtonProps) => {
  /** What was tapped last, and its price in won: the server may have said another than the page shows. */
  const [tapped, setTapped] = useState({ shown: "", price: amount })
  const shown = JSON.stringify([wish, amount])
  const price = tapped.shown === shown ? tapped.price : amount
  const offered = price === amount ? wish : { ...wish, expectedAmount: price }

  const { screen, text, words, pay, askAgain, startOver } = useCheckout({
    ...options,
    wish: offered,
    onEvent: (event) => {
      void safely(() => options.onEvent?.(event))
      if (event.type === "refused" && event.amount) setTapped({ ...tapped, price: event.amount })
      if (event.type === "paid") onPaid?.(event)
    },
  })
  const { step, isBusy } = screen
  const isAtSheet = step === "authenticating"
  const statusId = useId()
  const button = useRef<HTMLButtonElement>(null)
  /** Clicks in quick succession, and those of a key that is held, were meant for what the button did when they began. */
  const deafUntil = useRef(0)

  // The sheet takes the focus away; whoever is to tap again finds it where it was.
  useEffect(() => {
    if (!isAtSheet) return
    return () => {
      if (document.activeElement === document.body) button.current?.focus({ preventScroll: true })
    }
  }, [isAtSheet])

  const payOffered = () => {
    setTapped({ shown, price })
    pay(offered)
  }
  // It stays the same while the server is asked, so that the button says nothing else for a moment. Where paying again might
  // charge twice it is not even named; asking is all there is to do, and a tap asks at once.
  const [label, tap] =
    step === "paid"
      ? ([words.again, startOver] as const)
      : /confirming|review|refunding/.test(step)
        ? ([words.check, askAgain] as const)
        : // What the page wrote on it may tell the old price.
          ([(price === amount && children) || words.pay(price), payOffered] as const)
  return (
    <div data-tosspay="checkout">
      <button
        {...attributes}
        ref={button}
        type="button"
        data-tosspay="button"
        data-step={step}
        // Not `disabled`: that would throw the focus away in the middle of a payment.
        aria-disabled={isBusy && tap !== askAgain}
        aria-busy={isBusy}
        aria-describedby={`${attributes["aria-describedby"] ?? ""} ${statusId}`}
        onClick={({ timeStamp }) => {
          const isHeard = timeStamp > deafUntil.current
          if (isBusy || !isHeard || tap === startOver) deafUntil.current = timeStamp + 500
          if (isHeard) tap()
        }}
      >
        {label}
      </button>
      <p id={statusId} role="status" data-tosspay="status">
        {text}
      </p>
    </div>
  )
}
