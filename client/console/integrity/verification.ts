/** The last verification that this tab has seen, shared by everything that shows it. */

import { useSyncExternalStore } from "react"
import { type Failure, isFailure, read } from "../api/request.ts"
import type { Verification } from "../api/types.ts"

interface Known {
  readonly last: Verification | null
  readonly failure: Failure | null
  readonly isRunning: boolean
}

let known: Known = { last: null, failure: null, isRunning: false }
const listeners = new Set<() => void>()

const tell = (news: Partial<Known>) => {
  known = { ...known, ...news }
  for (const listener of listeners) listener()
}

/** Read on from where the log was last found in order; or all of it again; or what was found some minutes ago will do. */
const ways = { now: "", fromStart: "?fromStart=true", lately: "?withinSeconds=600" } as const

export const verify = async (way: keyof typeof ways): Promise<void> => {
  if (known.isRunning) return
  tell({ isRunning: true, failure: null })
  const answer = await read<Verification>(`/verify${ways[way]}`)
  tell(isFailure(answer) ? { isRunning: false, failure: answer } : { isRunning: false, last: answer })
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useVerification = (): Known => useSyncExternalStore(subscribe, () => known)
