/** What the server tells the demo page: its price list and, where the simulator runs along, what the stage needs. */

import type { Language } from "../index.ts"

export type Product = {
  readonly sku: string
  readonly name: string
  /** In a language, where that is another name. */
  readonly names?: Readonly<Partial<Record<Language, string>>>
} & ({ readonly price: number } | { readonly open: { readonly min: number; readonly max: number } })

export interface DemoConfig {
  readonly products: ReadonlyArray<Product>
  /** `null` when no simulator runs along: the page needs the real Toss app then. */
  readonly simulatorUrl: string | null
  /** Of the back office, so that the stage can show the server's log; `null` when no simulator runs along. */
  readonly adminToken: string | null
}

export const readDemoConfig = async (): Promise<DemoConfig> => {
  const reply = await fetch("/demo.json")
  if (!reply.ok) throw new Error(`/demo.json: ${reply.status}`)
  return reply.json()
}
