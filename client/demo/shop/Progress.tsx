import type { Language } from "../../index.ts"
import { won } from "../language.ts"
import { words } from "./words.ts"

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
    <h1 className="unseen">{words[language].payment}</h1>
    <p className="title" aria-hidden="true">
      {text}
    </p>
    {amount !== null && <p className="muted">{won(amount, language)}</p>}
  </section>
)
