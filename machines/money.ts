/**
 * Whole won: the only type an amount of ours may have.
 */

declare const brand: unique symbol

/** An amount in whole South Korean won, 0 to 9,999,999. */
export type Won = number & { readonly [brand]: true }

/** The largest amount one payment may have: seven digits (TossPay reference: make-payment, amount). */
export const maxWon = 9_999_999

export const isWon = (value: unknown): value is Won =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxWon

/** Brands a number as won. Throws a RangeError for anything that is not whole won in range: a defect, not an input error. */
export const won = (value: number): Won => {
  if (!isWon(value)) throw new RangeError(`${value} is not whole won between 0 and ${maxWon}`)
  return value
}
