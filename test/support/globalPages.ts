/** The pages as they are in the tree, not as they were when somebody last built them. */

import { fileURLToPath } from "node:url"
import { build } from "vite"

export default async () => {
  for (const config of ["client/vite.config.ts", "client/console/vite.config.ts"]) {
    await build({ configFile: fileURLToPath(new URL(`../../${config}`, import.meta.url)), logLevel: "warn" })
  }
}
