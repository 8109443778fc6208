import type { Basket } from "./basket.ts"
import type { Product } from "./config.ts"
import { type Language, won, words } from "./messages.ts"

interface Props {
  readonly products: ReadonlyArray<Product>
  readonly basket: Basket
  readonly language: Language
  readonly disabled: boolean
  readonly onChange: (basket: Basket) => void
}

export const Products = ({ products, basket, language, disabled, onChange }: Props) => (
  <ul className="card">
    {products.map((product) => {
      const field = {
        name: product.name,
        value: basket[product.sku] ?? 0,
        language,
        disabled,
        onChange: (value: number) => onChange({ ...basket, [product.sku]: value }),
      }
      return (
        <li key={product.sku}>
          <div>
            <strong>{product.name}</strong>
            <span>
              {"price" in product
                ? won(product.price, language)
                : `${won(product.open.min, language)} – ${won(product.open.max, language)}`}
            </span>
          </div>
          {"price" in product ? <Stepper {...field} /> : <OpenAmount {...field} bounds={product.open} />}
        </li>
      )
    })}
  </ul>
)

interface FieldProps {
  readonly name: string
  readonly value: number
  readonly language: Language
  readonly disabled: boolean
  readonly onChange: (value: number) => void
}

const Stepper = ({ name, value, language, disabled, onChange }: FieldProps) => (
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

interface OpenAmountProps extends FieldProps {
  readonly bounds: { readonly min: number; readonly max: number }
}

/** The bounds are shown here and kept by the server. */
const OpenAmount = ({ name, value, language, disabled, onChange, bounds: { min, max } }: OpenAmountProps) => (
  <input
    type="number"
    inputMode="numeric"
    min={min}
    max={max}
    placeholder="0"
    aria-label={`${name}, ${words[language].amount}`}
    aria-invalid={value !== 0 && (value < min || value > max)}
    value={value || ""}
    disabled={disabled}
    onChange={(event) => onChange(Math.max(0, Math.trunc(Number(event.target.value)) || 0))}
  />
)
