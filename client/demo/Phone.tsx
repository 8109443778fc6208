import { type ReactNode, useEffect } from "react"
import type { Language } from "../index.ts"
import { useRoute } from "./shop/route.ts"
import { words } from "./shop/words.ts"

/**
 * The Toss app around the mini-app: its bar on top, and the place into which the host lays its payment sheet. As wide as the
 * screen on a phone, and a phone of its own on a desktop.
 */
export const Phone = ({
  language,
  children,
}: {
  readonly language: Language
  readonly children: ReactNode
}) => {
  const route = useRoute()
  const { title } = words[language]
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <div className="phone">
      <header className="bar">
        {route === "" ? (
          <img src="/icon.svg" alt="" width="24" height="24" />
        ) : (
          <button type="button" aria-label={words[language].back} onClick={() => history.back()}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M15 5l-7 7 7 7" />
            </svg>
          </button>
        )}
        <span>{title}</span>
        <svg className="capsule" viewBox="0 0 76 32" aria-hidden="true">
          <path d="M15 16h.01M21 16h.01M27 16h.01M38 9v14M50 11l10 10M60 11L50 21" />
        </svg>
      </header>
      {children}
    </div>
  )
}
