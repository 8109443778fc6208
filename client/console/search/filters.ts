/** The filters of a search: what the place says, what the form shows, what the server is asked. */

import type { Place } from "../parts/router.tsx"

const filterNames = ["q", "state", "from", "to", "min", "max"] as const

type FilterName = (typeof filterNames)[number]

export type Filters = Readonly<Partial<Record<FilterName, string>>>

/** A link of ours may say in the address what is to be found; what somebody typed counts before that. */
export const filtersOf = ({ query, find }: Pick<Place, "query" | "find">): Filters =>
  Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = (name === "q" && find) || (query.get(name)?.trim() ?? "")
      return value === "" ? [] : [[name, value]]
    }),
  )

/** With what else belongs to the address, such as the cursor of a page; what is empty is left out. */
export const queryOf = (filters: Filters, more: Readonly<Record<string, string | null>> = {}): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...filters, ...more })) {
    if (value !== null && value !== "") query.set(name, value)
  }
  const text = query.toString()
  return text === "" ? "" : `?${text}`
}

/** A moment as the form's local time, and back: the address always holds the moment with its zone. */
export const toLocal = (iso: string | undefined): string => {
  const time = iso === undefined ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(time)) return ""
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

export const fromLocal = (local: string): string =>
  local === "" || Number.isNaN(Date.parse(local)) ? "" : new Date(local).toISOString()
