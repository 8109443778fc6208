/** Who looks. The session itself is in a cookie that no script can read; here is only what the server says of it. */

import { useSyncExternalStore } from "react"

export interface Session {
  /** `null`: whoever bears the token that is nobody's own. */
  readonly name: string | null
  readonly role: "read" | "refund" | "all"
}

/** That there was a session, and nothing of it: without one the server need not be asked. */
const mark = "tosspay-checkout.audit.session"

/** `undefined` until the server has said whether there still is one. */
let session: Session | null | undefined = localStorage.getItem(mark) === null ? null : undefined
/** Why the last session ended, if it was not the reader's own wish. */
let notice: string | null = null
const listeners = new Set<() => void>()

export const sessionIs = (now: Session | null, why: string | null = null): void => {
  session = now
  notice = why
  if (now === null) localStorage.removeItem(mark)
  else localStorage.setItem(mark, "")
  for (const listener of listeners) listener()
}

/** The session ended while somebody was in it. One that never began is no news. */
export const sessionIsOver = (why: string): void => {
  if (session) sessionIs(null, why)
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSession = (): Session | null | undefined => useSyncExternalStore(subscribe, () => session)

export const useNotice = (): string | null => useSyncExternalStore(subscribe, () => notice)
