/** A page of the docs, block by block, and which of its blocks a test has executed. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./newApp.ts"

export interface Block {
  /** Where it belongs: the path of a file, or a terminal. Empty where the page does not say. */
  readonly title: string
  readonly code: string
}

const fenced = /^ *(`{3,}|~{3,})(.*)\n([\s\S]*?)^ *\1/gm

export const pageOf = (path: string) => {
  const blocks: ReadonlyArray<Block> = [...readFileSync(join(root, path), "utf8").matchAll(fenced)].map(
    ([, , info = "", code = ""]) => ({ title: /title=(\S+)/.exec(info)?.[1] ?? "", code }),
  )
  const executed = new Set<Block>()
  return {
    /** Those of this title, in the order of the page. */
    titled: (title: string | RegExp): ReadonlyArray<Block> =>
      blocks.filter((block) => (typeof title === "string" ? block.title === title : title.test(block.title))),
    /** Says of blocks that they did what they are there for. */
    executed: (done: ReadonlyArray<Block>) => {
      for (const block of done) executed.add(block)
    },
    /** What nobody has executed so far. */
    left: () => blocks.filter((block) => !executed.has(block)).map(({ title, code }) => `${title}: ${code}`),
  }
}
