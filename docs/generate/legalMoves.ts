import { legalMoves, machineVersion } from "../../machines/index.ts"

/** The migration that teaches the database the moves of this version of the machine. */
export const legalMovesSql = (): string =>
  [
    `-- Generated from the machine by \`npm run docs\`: the moves of machine version ${machineVersion}. Do not edit.`,
    "INSERT INTO legal_move (machine_version, from_state, type, to_state) VALUES",
    `${legalMoves.map(rowOf).join(",\n")};`,
    "",
  ].join("\n")

const rowOf = (move: string): string =>
  `  (${machineVersion}, ${move
    .split(" ")
    .map((word) => `'${word}'`)
    .join(", ")})`
