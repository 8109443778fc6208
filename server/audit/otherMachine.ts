/**
 * Before a deployment: what another machine would make of the recorded histories. It is led through the facts that are on
 * record, and what it says of each is held against what was recorded.
 */

import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect } from "effect"
import { type Checkout, decide, machineVersion, open, upcast } from "../../machines/index.ts"
import { Database, longQuery } from "../database/postgres.ts"
import { CannotStart } from "../errors.ts"
import { type DerivedRow, type Visitor, visitHistories } from "../integrity/histories.ts"
import { type EventRow, recordedFactOf } from "../log/chain.ts"

/** What it takes of a machine to replay a history: a part of the public surface of `machines/`. */
interface ReplayableMachine {
  readonly machineVersion: number
  readonly open: typeof open
  readonly decide: typeof decide
  /** How it reads facts of older versions. */
  readonly upcast: typeof upcast
}

const thisMachine: ReplayableMachine = { machineVersion, open, decide, upcast }

/** The machine of this build by its version, or one of a file: a build's `machines/index.js`, or a changed `.ts`. */
export const machineNamed = Effect.fn("machineNamed")(function* (name: string) {
  if (name === String(machineVersion)) return thisMachine
  const wrong = (why: string) =>
    new CannotStart({
      exitCode: 2,
      reason: `--machine must be ${machineVersion}, the version of this build, or the file of another machine that exports open and decide: ${why}`,
    })
  if (/^\d+$/.test(name)) return yield* wrong(`this build does not hold version ${name}`)
  const module = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(resolve(name)).href) as Promise<Partial<ReplayableMachine>>,
    catch: (cause) => wrong(cause instanceof Error ? cause.message : name),
  })
  const { open: itsOpen, decide: itsDecide } = module
  return typeof itsOpen === "function" && typeof itsDecide === "function"
    ? {
        machineVersion: module.machineVersion ?? machineVersion,
        open: itsOpen,
        decide: itsDecide,
        upcast: module.upcast ?? upcast,
      }
    : yield* wrong(`${name} exports neither`)
})

/** A recorded checkout of which the other machine makes something else. */
export interface Difference {
  readonly orderId: string
  readonly checkoutId: string
  /** It ends elsewhere, it goes another way to the same end, or the other machine refuses a fact of it. */
  readonly kind: "elsewhere" | "another way" | "illegal"
  /** The first row of which the other machine says something else. */
  readonly version: number
  readonly fact: string
  readonly recorded: string
  /** Where the other machine is after that row; `null` if it refuses it. */
  readonly replayed: string | null
  /** Where the history ends, on record and by the other machine. */
  readonly endRecorded: string
  readonly endReplayed: string | null
}

export interface ReplayReport {
  readonly machineVersion: number
  readonly checkouts: number
  readonly events: number
  readonly differenceCount: number
  /** All of them, or the first ten thousand. */
  readonly differences: ReadonlyArray<Difference>
}

const mostKept = 10_000

export const replayAll = Effect.fn("replayAll")(function* (
  machine: ReplayableMachine,
  progress: (events: number) => void,
) {
  const sql = yield* Database
  const differences: Array<Difference> = []
  let [checkouts, differenceCount] = [0, 0]
  const found = (difference: Difference) => {
    differenceCount += 1
    if (differences.length < mostKept) differences.push(difference)
  }
  const events = yield* longQuery(() =>
    visitHistories(
      sql,
      null,
      (checkoutId, derived) => {
        checkouts += 1
        return follow(machine, checkoutId, derived, found)
      },
      progress,
    ),
  )
  return {
    machineVersion: machine.machineVersion,
    checkouts,
    events,
    differenceCount,
    differences,
  } satisfies ReplayReport
})

type FirstDifference = Pick<Difference, "version" | "fact" | "recorded" | "replayed">

const follow = (
  machine: ReplayableMachine,
  checkoutId: string,
  derived: DerivedRow | null,
  found: (difference: Difference) => void,
): Visitor => {
  let checkout: Checkout | null = null
  let last: EventRow | null = null
  let first: FirstDifference | null = null
  let isOver = false
  return {
    take: (row) => {
      last = row
      if (isOver) return
      checkout = nextOf(machine, checkoutId, checkout, row)
      const replayed = checkout?.state ?? null
      if (first === null && replayed !== row.to) {
        first = { version: row.version, fact: row.type, recorded: row.to, replayed }
      }
      isOver = checkout === null
    },
    end: () => {
      if (first === null || last === null) return
      const endReplayed = checkout?.state ?? null
      const endRecorded = last.to
      const kind =
        endReplayed === null ? "illegal" : endReplayed === endRecorded ? "another way" : "elsewhere"
      found({ orderId: derived?.orderId ?? "", checkoutId, kind, ...first, endRecorded, endReplayed })
    },
  }
}

/** `null`: the machine refuses the row. */
const nextOf = (
  machine: ReplayableMachine,
  checkoutId: string,
  checkout: Checkout | null,
  row: EventRow,
): Checkout | null => {
  try {
    const fact = machine.upcast(recordedFactOf(row), row.machineVersion)
    if (checkout === null) {
      return fact.type === "CheckoutOpened" ? machine.open(checkoutId, fact.order, fact.at).checkout : null
    }
    const decision = machine.decide(checkout, fact)
    return decision._tag === "Accepted" ? decision.checkout : null
  } catch {
    return null
  }
}
