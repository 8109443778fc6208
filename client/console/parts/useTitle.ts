import { useEffect } from "react"

/** Names the page, for the tab and for the list that Back offers. */
export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · Audit console`
  }, [title])
}
