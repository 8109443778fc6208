/** The pages as they are in the tree, not as they were when somebody last built them; as `npm ci` builds them, for production. */

import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = fileURLToPath(new URL("../..", import.meta.url))

export default async () => {
  await promisify(execFile)("npm", ["run", "--silent", "prepare"], { cwd: root })
}
