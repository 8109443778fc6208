import { type ComponentPropsWithoutRef, type ReactNode, useEffect, useId, useRef } from "react"
import type { Wish } from "../api.ts"
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
  /** Called once for an order, even if its page died before it could be. */
  readonly onPaid?: (paid: Paid) => void
}

/**
 * A button that pays, and a line beneath it that says how it stands and is read out by screen readers. Once an order is over the
 * button offers the next one, and while a person looks into it, to check again. Without any style of its own: the parts have
 * `data-tosspay` and the button `data-step`, so a stylesheet can reach everything.
 */
export const PayButton = ({ options, wish, amount, children, onPaid, ...attributes }: PayButtonProps) => {
  const { screen, text, words, pay, askAgain, startOver } = useCheckout({
    ...options,
    wish,
    onEvent: (event) => {
      options.onEvent?.(event)
      if (event.type === "paid") onPaid?.(event)
    },
  })
  const { canPay, canStartOver, isBusy, step } = screen
  const statusId = useId()
  const button = useRef<HTMLButtonElement>(null)

  // The sheet takes the focus away; whoever is to tap again finds it where it was.
  useEffect(() => {
    if (!isBusy && step !== "idle" && document.activeElement === document.body) button.current?.focus()
  }, [isBusy, step])

  const isPaying = canPay || isBusy
  return (
    <div data-tosspay="checkout">
      <button
        {...attributes}
        ref={button}
        type="button"
        data-tosspay="button"
        data-step={step}
        // Not `disabled`: that would throw the focus away in the middle of a payment.
        aria-disabled={isBusy}
        aria-busy={isBusy}
        aria-describedby={statusId}
        onClick={() => (canPay ? pay(wish) : canStartOver ? startOver() : askAgain())}
      >
        {isPaying ? (children ?? words.pay(amount)) : canStartOver ? words.again : words.check}
      </button>
      <p id={statusId} role="status" data-tosspay="status">
        {text}
      </p>
    </div>
  )
}
