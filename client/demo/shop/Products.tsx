import type { Language } from "../../index.ts"
import type { Product } from "../config.ts"
import { won } from "../language.ts"
import { type Basket, type Line, totalOf } from "./basket.ts"
import { Picture } from "./Picture.tsx"
import { go } from "./route.ts"
import { words } from "./words.ts"

interface Props {
  readonly products: ReadonlyArray<Product>
  readonly basket: Basket
  readonly lines: ReadonlyArray<Line>
  readonly language: Language
  readonly onLanguage: (language: Language) => void
  readonly onChange: (basket: Basket) => void
}

export const Products = ({ products, basket, lines, language, onLanguage, onChange }: Props) => {
  const own = words[language]
  const other = language === "ko" ? "en" : "ko"
  const total = totalOf(lines)
  return (
    <>
      <header className="opening">
        <h1>{own.question}</h1>
      </header>
      <ul className="card">
        {products.map((product) => {
          const { name } = product
          const field = {
            name,
            value: basket[product.sku] ?? 0,
            language,
            onChange: (value: number) => onChange({ ...basket, [product.sku]: value }),
          }
          return (
            <li key={product.sku}>
              <Picture sku={product.sku} name={name} />
              <p className="what">
                <strong>{name}</strong>
                <span>
                  {"price" in product
                    ? won(product.price, language)
                    : own.from(won(product.open.min, language))}
                </span>
              </p>
              {"price" in product ? <Stepper {...field} /> : <OpenAmount {...field} bounds={product.open} />}
            </li>
          )
        })}
      </ul>
      <p className="links">
        <button type="button" className="link" onClick={() => go("orders")}>
          {own.orders}
        </button>
        <button type="button" className="link" lang={other} onClick={() => onLanguage(other)}>
          {own.otherLanguage}
        </button>
      </p>
      <footer className="cta">
        <button type="button" disabled={total === 0} onClick={() => go("confirm")}>
          {total === 0 ? own.empty : own.order(won(total, language))}
        </button>
      </footer>
    </>
  )
}

interface FieldProps {
  readonly name: string
  readonly value: number
  readonly language: Language
  readonly onChange: (value: number) => void
}

const Stepper = ({ name, value, language, onChange }: FieldProps) => (
  <fieldset className="stepper" aria-label={`${name}, ${words[language].quantity}`}>
    <button
      type="button"
      aria-label={`${name}, ${words[language].less}`}
      disabled={value === 0}
      onClick={() => onChange(value - 1)}
    >
      −
    </button>
    <output>{value}</output>
    <button
      type="button"
      aria-label={`${name}, ${words[language].more}`}
      disabled={value >= 99}
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
const OpenAmount = ({ name, value, language, onChange, bounds: { min, max } }: OpenAmountProps) => (
  <input
    type="number"
    inputMode="numeric"
    min={min}
    max={max}
    placeholder="0"
    aria-label={`${name}, ${words[language].amount}`}
    aria-invalid={value !== 0 && (value < min || value > max)}
    value={value || ""}
    onChange={(event) => onChange(Math.max(0, Math.trunc(Number(event.target.value)) || 0))}
  />
)
