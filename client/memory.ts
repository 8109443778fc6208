/** What the checkouts of one page share, because a component may be mounted anew, or twice, while a payment goes on. */

import type { Pending } from "./pending.ts"
import type { SheetAnswer } from "./sheet.ts"

export interface Memory {
  /** The sheets by payToken, from before they open until the server has judged what came of them. */
  readonly sheets: Map<string, Promise<SheetAnswer>>
  /** What was written of orders, by the storage's name, whether or not it could be kept there. */
  readonly orders: Map<string, ReadonlyArray<Pending>>
}

export const newMemory = (): Memory => ({ sheets: new Map(), orders: new Map() })

export const ofThisPage = newMemory()
