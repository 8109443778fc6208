/** The file that a command is asked to write. */

import { statSync } from "node:fs"

/** What is there instead of a file; `null` if nothing is. A whole file is put in its place, which a device would not survive. */
export const otherThanFile = (path: string): string | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isFile()) return null
  return found.isDirectory() ? "a folder" : "a device or the like"
}
