import type { Product } from "./config.ts"

/** What is in the basket, by product: a quantity, or for an open product an amount. */
export type Basket = Readonly<Record<string, number>>

/** One of the first product that has a price, so that there is something to pay for at once. */
export const firstBasket = (products: ReadonlyArray<Product>): Basket => {
  const first = products.find((product) => "price" in product)
  return first === undefined ? {} : { [first.sku]: 1 }
}

/** What is sent to the server, with the total that the buyer sees. */
export interface Wish {
  readonly items: ReadonlyArray<{ readonly sku: string; readonly quantity: number; readonly amount?: number }>
  readonly expectedAmount: number
}

/** The basket as the server wants it, with the total that the buyer sees. */
export const wishOf = (products: ReadonlyArray<Product>, basket: Basket): Wish => {
  const chosen = products
    .map((product) => ({ product, count: basket[product.sku] ?? 0 }))
    .filter(({ count }) => count > 0)
  return {
    items: chosen.map(({ product: { sku, ...product }, count }) =>
      "price" in product ? { sku, quantity: count } : { sku, quantity: 1, amount: count },
    ),
    expectedAmount: chosen.reduce(
      (sum, { product, count }) => sum + count * ("price" in product ? product.price : 1),
      0,
    ),
  }
}
