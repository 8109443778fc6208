import { useSyncExternalStore } from "react"

/** Which page of the shop is shown. It stands in the address, so that it survives a reload and the way back is the browser's. */
export type Route = "" | "confirm" | "orders"

const subscribe = (listener: () => void) => {
  addEventListener("hashchange", listener)
  return () => removeEventListener("hashchange", listener)
}

const current = (): Route => {
  const hash = location.hash.slice(1)
  return hash === "confirm" || hash === "orders" ? hash : ""
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, current)

export const go = (route: Route): void => {
  location.hash = route
}

/** Goes there for good: the way back does not lead to the page that is left. */
export const moveOn = (route: Route): void => location.replace(`#${route}`)
