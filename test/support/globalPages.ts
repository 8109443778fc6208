/** The pages as they are in the tree, not as they were when somebody last built them. */

import { fileURLToPath } from "node:url"
import { build } from "vite"

export default async () => {
  const configFile = fileURLToPath(new URL("../../client/vite.config.ts", import.meta.url))
  await build({ configFile, logLevel: "warn" })
}
