import type { Language } from "../../index.ts"
import { words } from "./words.ts"

interface Props {
  readonly simulatorUrl: string
  readonly adminToken: string | null
  readonly orderId: string | null
  readonly at: string | undefined
  readonly language: Language
}

export const Log = ({ language }: Props) => <p className="muted">{words[language].noEvents}</p>
