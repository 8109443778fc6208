/** What each released version of the machine allowed, as its migration told the database. */

import { readdirSync, readFileSync } from "node:fs"

const folder = new URL("./migrations/", import.meta.url)

/** `(1, 'minted.ready', 'TokenExpired', 'minted.lapsing')` */
const move = /\((\d+), '([^']+)', '([^']+)', '([^']+)'\)/g

/** By version; a move is written as `moveName` of the machine writes it. */
export const readLegalMoves = (): ReadonlyMap<number, ReadonlySet<string>> => {
  const moves = new Map<number, Set<string>>()
  for (const file of readdirSync(folder).filter((name) => /_legal_moves_v\d+\.sql$/.test(name))) {
    for (const [, version, from, type, to] of readFileSync(new URL(file, folder), "utf8").matchAll(move)) {
      const known = moves.get(Number(version)) ?? new Set()
      moves.set(Number(version), known.add(`${from} ${type} ${to}`))
    }
  }
  return moves
}
