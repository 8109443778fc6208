/** The words after a command, for those of them that take numbers and nothing else. */

import { parseArgs } from "node:util"

export interface Whole {
  readonly initially: number
  readonly from: number
  readonly to: number
}

/** Whole numbers by name. `--help` prints the usage and ends with 0; anything else that is not understood ends with 2. */
export const readWords = <Name extends string>(
  usage: string,
  wholes: Readonly<Record<Name, Whole>>,
): Readonly<Record<Name, number>> => {
  const named = Object.entries<Whole>(wholes)
  try {
    const options = Object.fromEntries(named.map(([name]) => [name, { type: "string" } as const]))
    const values: Readonly<Record<string, unknown>> = parseArgs({
      options: { ...options, help: { type: "boolean" } },
    }).values
    if (values["help"] === true) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const read = named.map(([name, whole]) => [name, wholeOf(values[name], whole)] as const)
    return Object.fromEntries(read) as Record<Name, number>
  } catch {
    process.stderr.write(usage)
    return process.exit(2)
  }
}

const wholeOf = (word: unknown, { initially, from, to }: Whole): number => {
  if (word === undefined) return initially
  const number = Number(word)
  if (!/^\d+$/.test(String(word)) || number < from || number > to) throw new RangeError(String(word))
  return number
}
