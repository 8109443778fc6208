import { type ComponentPropsWithoutRef, type ReactNode, useEffect, useId, useRef } from "react"
import type { Wish } from "../api.ts"
import type { Screen } from "../screen.ts"
import { type UseCheckoutOptions, useCheckout } from "./useCheckout.ts"

export interface PayButtonProps
  extends Omit<ComponentPropsWithoutRef<"button">, "children" | "disabled" | "onClick" | "type"> {
  /** Where the server is, and whatever else `useCheckout` takes. */
  readonly options: UseCheckoutOptions
  readonly wish: Wish
  /** Won, as the buyer sees it before paying. */
  readonly amount: number
  /** Instead of the words for the button. */
  readonly children?: ReactNode
  readonly onPaid?: (screen: Screen) => void
}

/**
 * A button that pays, and a line beneath it that says how it stands and is read out by screen readers. Without any style of
 * its own: the parts have `data-tosspay` and the button `data-step`, so a stylesheet can reach everything.
 */
export const PayButton = ({ options, wish, amount, children, onPaid, ...attributes }: PayButtonProps) => {
  const { screen, text, words, pay } = useCheckout(options)
  const statusId = useId()
  const button = useRef<HTMLButtonElement>(null)
  const wasPaid = useRef(false)

  useEffect(() => {
    if (screen.step === "paid" && !wasPaid.current) onPaid?.(screen)
    wasPaid.current = screen.step === "paid"
  }, [screen, onPaid])

  // The sheet takes the focus away; whoever is to tap again finds it where it was.
  useEffect(() => {
    if (screen.step === "ready" && document.activeElement === document.body) button.current?.focus()
  }, [screen.step])

  const isBusy = !screen.canPay
  return (
    <div data-tosspay="checkout">
      <button
        {...attributes}
        ref={button}
        type="button"
        data-tosspay="button"
        data-step={screen.step}
        // Not `disabled`: that would throw the focus away in the middle of a payment.
        aria-disabled={isBusy}
        aria-busy={isBusy}
        aria-describedby={statusId}
        onClick={() => pay(wish)}
      >
        {children ?? words.pay(wonOf(amount))}
      </button>
      <p id={statusId} role="status" data-tosspay="status">
        {text}
      </p>
    </div>
  )
}

const wonOf = (amount: number): string => `₩${amount.toLocaleString("en-US")}`
