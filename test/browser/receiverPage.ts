/** Stands where the Stately inspector would be, which no test may call. */

import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { build } from "rolldown"

/** A page with the inspector package's own receivers. */
export const receiverPage = Effect.promise(async () => {
  const input = fileURLToPath(new URL("receiver.ts", import.meta.url))
  const { output } = await build({ input, platform: "browser", write: false })
  return `<!doctype html><script type="module">${output[0].code}</script>`
})

/** Puts it where the Stately inspector would be. */
export const asStately = (page: Page) =>
  Effect.flatMap(receiverPage, (body) =>
    Effect.promise(() =>
      page
        .context()
        .route("https://stately.ai/inspect", (route) => route.fulfill({ contentType: "text/html", body })),
    ),
  )
