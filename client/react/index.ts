/** The checkout for React 18 and 19: a hook and a button. */

export { PayButton, type PayButtonProps } from "./PayButton.tsx"
export { type UseCheckoutOptions, type UsedCheckout, useCheckout } from "./useCheckout.ts"
