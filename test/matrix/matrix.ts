/** The crash matrix: each place to die, with each status the bank may have by then, with each answer it can give. */

import { type Cell, mayArrive, replies, statusesAfter } from "./cell.ts"
import { deaths } from "./deaths.ts"

export const matrix = (): ReadonlyArray<Cell> =>
  deaths().flatMap((death) =>
    statusesAfter(death).flatMap((status) =>
      Object.keys(replies).flatMap((reply) =>
        (mayArrive(death, status) ? [false, true] : [false]).map((arrives) => ({
          death,
          status,
          reply,
          arrives,
        })),
      ),
    ),
  )
