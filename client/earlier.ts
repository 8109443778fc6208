/** What earlier taps left, on this page or on others of the device: how it stands by the server's word, and what of it matters. */

import { allows, isInDoubt, stepOf } from "../machines/screen.ts"
import { type Api, isNobodys, type Standing } from "./api.ts"
import type { Marker } from "./marker.ts"
import type { Pending } from "./memory.ts"

export type Earlier = readonly [one: Pending, standing: Standing]

/** Sends a request as often as it takes, or as it may. */
type Ask = <A>(request: () => Promise<A>) => Promise<A>

/**
 * Finds what is in doubt, because paying anything else might charge twice, or what is paid and nobody knows it yet; else the
 * newest of those that are wanted.
 */
export const makeEarlier = (api: Api, marker: Marker) => {
  /**
   * Where nothing is known of its sheet the server is told so, and asks TossPay.
   * `null` if it is another buyer's, who may come back to it.
   */
  const look = async ({ orderId = "", payToken = "" }: Pending, ask: Ask): Promise<Standing | null> => {
    try {
      const found = await ask(() => api.order(orderId))
      const isLost = allows(found.at, "authenticate")
      return isLost ? await ask(() => api.report(payToken, "unknown", null)) : found
    } catch (error) {
      if (isNobodys(error)) return null
      throw error
    }
  }

  return async (ask: Ask, isWanted: (one: Pending) => boolean): Promise<Earlier | null> => {
    let newest: Earlier | null = null
    let hasNewer: boolean | undefined
    for (const one of await marker.all()) {
      const isNewest: boolean = !hasNewer && isWanted(one)
      const isOpen = !one.isOver && (isNewest || !one.isTold)
      const standing = isOpen ? await look(one, ask) : null
      hasNewer ||= isNewest && (one.isOver || standing !== null)
      if (standing === null) continue
      const { at } = standing
      if (allows(at, "create")) await marker.keep({ isOver: true }, one)
      if (isNewest) newest = [one, standing]
      else if (isInDoubt(at) || (isWanted(one) && stepOf(at) === "paid")) return [one, standing]
    }
    return newest
  }
}
