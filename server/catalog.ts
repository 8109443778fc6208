/**
 * The price list. The server prices every order from it, so no amount of a client is ever trusted; a product with
 * `open` bounds takes the amount from the request, inside them.
 */

import { readFileSync } from "node:fs"
import { Context, Effect, Layer, Schema } from "effect"
import { type Item, isWon, maxWon, type Won, won } from "../machines/index.ts"
import { CannotStart, Refusal } from "./errors.ts"

const Amount = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: maxWon }))
const Sku = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._:-]{1,64}$/))
const Name = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100))

/** What it is called in a language, where that is another name. */
const Names = Schema.Struct({ ko: Schema.optional(Name), en: Schema.optional(Name) })

export type Language = keyof typeof Names.Type

const FixedProduct = Schema.Struct({
  sku: Sku,
  name: Name,
  names: Schema.optional(Names),
  price: Amount.check(Schema.isGreaterThan(0)),
  taxFree: Schema.optional(Amount),
}).check(
  Schema.makeFilter(({ price, taxFree = 0 }) => taxFree <= price, {
    expected: "taxFree of at most the price",
  }),
)

const OpenProduct = Schema.Struct({
  sku: Sku,
  name: Name,
  names: Schema.optional(Names),
  open: Schema.Struct({ min: Amount.check(Schema.isGreaterThan(0)), max: Amount }).check(
    Schema.makeFilter(({ min, max }) => min <= max, { expected: "min of at most max" }),
  ),
})

const CatalogFile = Schema.Struct({
  products: Schema.NonEmptyArray(Schema.Union([FixedProduct, OpenProduct])).check(
    Schema.makeFilter((products) => new Set(products.map(({ sku }) => sku)).size === products.length, {
      expected: "each sku once",
    }),
  ),
})

export type Product = (typeof CatalogFile.Type)["products"][number]

export class Catalog extends Context.Service<Catalog, { readonly products: ReadonlyArray<Product> }>()(
  "tosspay-checkout/server/Catalog",
) {
  /** Reads the price list once; `null` is the demo catalog. */
  static readonly layer = (file: string | null) =>
    Layer.effect(Catalog, file === null ? Effect.succeed({ products: demoProducts }) : readCatalog(file))
}

const demoProducts: ReadonlyArray<Product> = [
  { sku: "coffee", name: "Coffee", names: { ko: "커피" }, price: 4500, taxFree: 0 },
  { sku: "book", name: "Book", names: { ko: "책" }, price: 12_000, taxFree: 12_000 },
  { sku: "tip", name: "Tip", names: { ko: "응원하기" }, open: { min: 100, max: 1_000_000 } },
]

/** What a buyer asks for: products of the list, or an amount for its first open product. */
export type Wish =
  | {
      readonly items: ReadonlyArray<{
        readonly sku: string
        readonly quantity: number
        readonly amount?: number | undefined
      }>
    }
  | { readonly amount: number }

export interface Priced {
  readonly items: ReadonlyArray<Item>
  readonly amount: Won
  readonly amountTaxFree: Won
}

/** What a wish costs, and what its goods are called. Refused if a product is unknown or the amount is out of range. */
export const price = (products: ReadonlyArray<Product>, wish: Wish, language: Language): Priced | Refusal => {
  const lines = "items" in wish ? wish.items : firstOpen(products, wish.amount)
  const items: Array<Item> = []
  let amount = 0
  let amountTaxFree = 0
  for (const line of lines) {
    const product = products.find((known) => known.sku === line.sku)
    if (product === undefined) return new Refusal({ reason: "UNKNOWN_PRODUCT", detail: line.sku })
    const piece = "open" in product ? openPrice(product.open, line.amount) : product.price
    if (piece === null) return new Refusal({ reason: "AMOUNT_OUT_OF_RANGE", detail: product.sku })
    const name = product.names?.[language] ?? product.name
    items.push({ sku: product.sku, name, price: won(piece), quantity: line.quantity })
    amount += piece * line.quantity
    amountTaxFree += ("taxFree" in product ? (product.taxFree ?? 0) : 0) * line.quantity
  }
  return isWon(amount) && amount > 0
    ? { items, amount, amountTaxFree: won(Math.min(amountTaxFree, amount)) }
    : new Refusal({ reason: "AMOUNT_OUT_OF_RANGE", detail: `the total must be 1 to ${maxWon} won` })
}

const firstOpen = (products: ReadonlyArray<Product>, amount: number) => {
  const product = products.find((known) => "open" in known)
  return [{ sku: product?.sku ?? "", quantity: 1, amount }]
}

const openPrice = (
  bounds: { readonly min: number; readonly max: number },
  amount: number | undefined,
): number | null =>
  amount !== undefined && Number.isInteger(amount) && amount >= bounds.min && amount <= bounds.max
    ? amount
    : null

const readCatalog = (file: string) =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: () => badCatalog(file, "it cannot be read"),
  }).pipe(
    Effect.flatMap((text) =>
      // A field that nobody knows is one that was misspelt.
      Schema.decodeUnknownEffect(Schema.fromJsonString(CatalogFile), { onExcessProperty: "error" })(
        text.replace(/^\uFEFF/, ""),
      ).pipe(Effect.mapError((error) => badCatalog(file, error.message.split("\n").slice(0, 3).join(" ")))),
    ),
  )

const badCatalog = (file: string, why: string) =>
  new CannotStart({
    exitCode: 2,
    reason: `CATALOG_FILE must be a price list ({"products":[…]}); ${file}: ${why}`,
  })
