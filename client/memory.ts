/** What the checkouts of one page share, because a component may be mounted anew, or twice, while a payment goes on. */

import type { SheetAnswer } from "./sheet.ts"

export interface Memory {
  /** The sheets by payToken, from before they open until the server has judged what came of them. */
  readonly sheets: Map<string, Promise<SheetAnswer>>
  /** What was written of orders, by the storage's name, whether or not it could be kept there. */
  readonly orders: Map<string, ReadonlyArray<Pending>>
}

/** One order as pages left it. What is once known of it stays known, so the words of several pages never contradict. */
export interface Pending {
  /** Makes creating the order twice create it once, and is the name of this record. */
  readonly key: string
  /** What was to be bought; another wish is another order. */
  readonly wish: string
  /** Absent until the server answered. */
  readonly orderId?: string
  readonly payToken?: string
  /** It is paid, and the app was told so. */
  readonly isTold?: boolean
  /** It is over, or was never begun: no page looks after it any more. */
  readonly isOver?: boolean
}

export const newMemory = (): Memory => ({ sheets: new Map(), orders: new Map() })

export const ofThisPage = newMemory()
