/** Who looks: the token of the back office, kept for this tab alone and never in an address. */

import { useSyncExternalStore } from "react"

const key = "tosspay-checkout.audit.token"

let token: string | null = sessionStorage.getItem(key)
/** Why the last session ended, if it was not the reader's own wish. */
let notice: string | null = null
const listeners = new Set<() => void>()

const changed = () => {
  for (const listener of listeners) listener()
}

export const currentToken = (): string | null => token

export const signIn = (given: string): void => {
  token = given
  notice = null
  sessionStorage.setItem(key, given)
  changed()
}

export const signOut = (why: string | null = null): void => {
  token = null
  notice = why
  sessionStorage.removeItem(key)
  changed()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useToken = (): string | null => useSyncExternalStore(subscribe, () => token)

export const useNotice = (): string | null => useSyncExternalStore(subscribe, () => notice)
