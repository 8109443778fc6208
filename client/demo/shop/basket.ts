import { useState } from "react"
import type { Product } from "../config.ts"

/** What is in the basket, by product: a quantity, or for an open product an amount. */
export type Basket = Readonly<Record<string, number>>

/** One of the first product that has a price, so that there is something to pay for at once. */
const firstBasket = (products: ReadonlyArray<Product>): Basket => {
  const first = products.find((product) => "price" in product)
  return first === undefined ? {} : { [first.sku]: 1 }
}

/** A basket that a reload of the page leaves alone; `null` begins a new one. */
export const useBasket = (products: ReadonlyArray<Product>) => {
  const [basket, setBasket] = useState<Basket | null>(() =>
    JSON.parse(sessionStorage.getItem(storedAs) ?? "null"),
  )
  const keep = (next: Basket | null) => {
    sessionStorage.setItem(storedAs, JSON.stringify(next))
    setBasket(next)
  }
  return [basket ?? firstBasket(products), keep] as const
}

const storedAs = "demo-basket"

/** One line of an order as the buyer reads it. */
export interface Line {
  readonly sku: string
  readonly name: string
  /** Won, for one. */
  readonly price: number
  readonly quantity: number
}

export const linesOf = (products: ReadonlyArray<Product>, basket: Basket): ReadonlyArray<Line> =>
  products.flatMap(({ sku, name, ...product }) => {
    const count = basket[sku] ?? 0
    if (count === 0) return []
    const line = { sku, name }
    return "price" in product
      ? [{ ...line, price: product.price, quantity: count }]
      : [{ ...line, price: count, quantity: 1 }]
  })

export const totalOf = (lines: ReadonlyArray<Line>): number =>
  lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)

/** What is sent to the server, with the total that the buyer saw. It takes the amount of open products only. */
export const wishOf = (lines: ReadonlyArray<Line>) => ({
  items: lines.map(({ sku, price, quantity }) => ({ sku, quantity, amount: price })),
  expectedAmount: totalOf(lines),
})
