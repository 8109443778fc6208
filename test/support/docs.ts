/** Programs out of the docs, run as they stand. */

import { readFileSync } from "node:fs"

const packageEntry = (name: string): string =>
  name.startsWith("tosspay-checkout/")
    ? new URL(`../../${folderOf(name.slice("tosspay-checkout/".length))}/index.ts`, import.meta.url).href
    : name.startsWith("node:")
      ? name
      : import.meta.resolve(name)

const folderOf = (entry: string): string =>
  entry === "testing" || entry === "simulator" ? `server/${entry}` : entry

/** The nth program in this language on a page, with its imports leading to this repository's packages. */
export const programIn = (page: string, language: string, nth = 0): string => {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8")
  const programs = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))]
  const [, program] = programs[nth] ?? []
  if (program === undefined) throw new Error(`docs/${page} has no program in ${language}`)
  return program.replaceAll(/(?<=^import .*from )"([^"]+)"/gm, (_, name: string) =>
    JSON.stringify(packageEntry(name)),
  )
}

/** The arguments with which Node runs a program text. */
export const asModule = (program: string): ReadonlyArray<string> => [
  "--disable-warning=ExperimentalWarning",
  "--input-type=module-typescript",
  "--eval",
  program,
]
