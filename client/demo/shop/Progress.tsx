import type { Language } from "../../index.ts"
import { won } from "../language.ts"

interface Props {
  /** What the buyer is to be told meanwhile. */
  readonly text: string
  readonly amount: number | null
  readonly language: Language
}

/** While the outcome is being found out there is nothing to tap, least of all to pay again. */
export const Progress = ({ text, amount, language }: Props) => (
  <section className="result">
    <span className="spinner" />
    <h1>{text}</h1>
    {amount !== null && <p className="muted">{won(amount, language)}</p>}
  </section>
)
