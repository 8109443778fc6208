import type { Product } from "./config.ts"
import { type Language, won, words } from "./messages.ts"

/** What is in the basket: a quantity, or for an open product an amount. */
export type Basket = Readonly<Record<string, number>>

interface Props {
  readonly products: ReadonlyArray<Product>
  readonly basket: Basket
  readonly language: Language
  readonly disabled: boolean
  readonly onChange: (basket: Basket) => void
}

export const Products = ({ products, basket, language, disabled, onChange }: Props) => (
  <ul className="card products">
    {products.map((product) => (
      <li key={product.sku}>
        <div>
          <strong>{product.name}</strong>
          {"price" in product && <span>{won(product.price, language)}</span>}
        </div>
        {"price" in product ? (
          <Stepper
            name={product.name}
            value={basket[product.sku] ?? 0}
            language={language}
            disabled={disabled}
            onChange={(quantity) => onChange({ ...basket, [product.sku]: quantity })}
          />
        ) : (
          <input
            type="number"
            inputMode="numeric"
            min={product.open.min}
            max={product.open.max}
            placeholder="0"
            aria-label={`${product.name}, ${words[language].amount}`}
            value={basket[product.sku] || ""}
            disabled={disabled}
            onChange={(event) =>
              onChange({ ...basket, [product.sku]: Math.trunc(Number(event.target.value)) || 0 })
            }
          />
        )}
      </li>
    ))}
  </ul>
)

interface StepperProps {
  readonly name: string
  readonly value: number
  readonly language: Language
  readonly disabled: boolean
  readonly onChange: (value: number) => void
}

const Stepper = ({ name, value, language, disabled, onChange }: StepperProps) => (
  <fieldset className="stepper" aria-label={`${name}, ${words[language].quantity}`}>
    <button
      type="button"
      aria-label={`${name}, ${words[language].less}`}
      disabled={disabled || value === 0}
      onClick={() => onChange(value - 1)}
    >
      −
    </button>
    <output>{value}</output>
    <button
      type="button"
      aria-label={`${name}, ${words[language].more}`}
      disabled={disabled || value >= 99}
      onClick={() => onChange(value + 1)}
    >
      +
    </button>
  </fieldset>
)

/** The basket as the server wants it, with the total that the buyer sees. */
export const wishOf = (products: ReadonlyArray<Product>, basket: Basket) => {
  const chosen = products.filter((product) => (basket[product.sku] ?? 0) > 0)
  const expectedAmount = chosen.reduce(
    (sum, product) => sum + (basket[product.sku] ?? 0) * ("price" in product ? product.price : 1),
    0,
  )
  const items = chosen.map((product) =>
    "price" in product
      ? { sku: product.sku, quantity: basket[product.sku] ?? 0 }
      : { sku: product.sku, quantity: 1, amount: basket[product.sku] ?? 0 },
  )
  return { items, expectedAmount }
}
