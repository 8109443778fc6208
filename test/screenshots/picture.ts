/** What a page looks like, kept for the docs. */

import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url))

export const keep = async (page: Page, name: string) => {
  await page.screenshot({ path: join(folder, `${name}.png`) })
  process.stdout.write(`wrote docs/screenshots/${name}.png\n`)
}

/** A picture of something that moves is never the same twice. */
export const still = { reducedMotion: "reduce" } as const
