import { useEffect, useState } from "react"
import type { Language } from "../index.ts"

/** The page's language: the browser's, until the visitor chooses. */
export const useLanguage = () => {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith("ko") ? "ko" : "en")
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return [language, setLanguage] as const
}

export const won = (amount: number, language: Language): string =>
  language === "ko" ? `${amount.toLocaleString("ko-KR")}원` : `₩${amount.toLocaleString("en-US")}`

export const time = (iso: string, language: Language): string =>
  new Date(iso).toLocaleString(language, {
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  })
