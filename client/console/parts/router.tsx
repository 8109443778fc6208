/** Where the reader is: the address, so that a view can be shared and Back works. */

import { type ComponentProps, type MouseEvent, useSyncExternalStore } from "react"

const base = "/audit"
const moved = "tosspay-checkout:moved"

export interface Place {
  /** Below `/audit`, without slashes at its ends: `""`, `checkouts`, `checkouts/test-1`. */
  readonly path: string
  readonly query: URLSearchParams
  /** What was typed to be found. It may be a token or a person's key, so it is no part of the address; Back and a reload keep it. */
  readonly find: string
}

/** `replace` leaves no step for Back, for what changes with every key press. */
export const go = (to: string, { replace = false, find = "" } = {}): void => {
  history[replace ? "replaceState" : "pushState"]({ find }, "", `${base}/${to}`)
  dispatchEvent(new Event(moved))
  if (!replace) scrollTo(0, 0)
}

const subscribe = (listener: () => void) => {
  addEventListener("popstate", listener)
  addEventListener(moved, listener)
  return () => {
    removeEventListener("popstate", listener)
    removeEventListener(moved, listener)
  }
}

export const usePlace = (): Place => {
  const address = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`)
  const find = useSyncExternalStore(subscribe, () => (history.state as { find?: string } | null)?.find ?? "")
  const { pathname, searchParams } = new URL(address, location.origin)
  const path = pathname.slice(base.length).replace(/^\/+|\/+$/g, "")
  return { path: decodeURIComponent(path), query: searchParams, find }
}

/** A link within the console. With a modifier key it is an ordinary link. */
export const Link = ({ to, ...rest }: { readonly to: string } & Omit<ComponentProps<"a">, "href">) => {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    go(to)
  }
  return <a {...rest} href={`${base}/${to}`} onClick={follow} />
}

/** The place of one checkout. */
export const checkoutPlace = (orderId: string): string => `checkouts/${encodeURIComponent(orderId)}`
