/**
 * The troublemaker. When something breaks is told in buyers, not in seconds, so that a slow machine sees as much trouble
 * as a fast one; the moment within is drawn.
 */

import type { SeededRandom } from "../simulation/random.ts"
import type { Bank } from "./bank.ts"
import type { ChaoticDatabase } from "./database.ts"
import { drawFault } from "./faults.ts"
import type { Fleet } from "./programs.ts"
import { pause } from "./shop.ts"

export interface Trouble {
  readonly kills: number
  /** How often the database is taken away. */
  readonly restarts: number
  /** Faults for each buyer who comes. */
  readonly faultRate: number
}

export interface Troublemaker {
  /** The n-th buyer has come. */
  readonly arrives: (index: number) => Promise<void>
  /** Everything that was begun is over. */
  readonly calm: () => Promise<void>
  readonly tally: { faults: number; restarts: number }
}

export const troublemaker = (
  { kills, restarts, faultRate }: Trouble,
  lifecycles: number,
  random: SeededRandom,
  world: {
    readonly fleet: Fleet
    readonly bank: Bank
    readonly database: ChaoticDatabase
    readonly leaseMs: number
  },
): Troublemaker => {
  const deaths = moments(kills, lifecycles, random)
  const crashes = moments(restarts, lifecycles, random)
  const tally = { faults: 0, restarts: 0 }
  const strikes: Array<Promise<void>> = []
  let crashing = Promise.resolve()

  const crash = async (afterMs: number) => {
    await pause(afterMs)
    tally.restarts += 1
    await world.database.strike(tally.restarts - 1)
  }
  const strike = async (afterMs: number) => {
    await pause(afterMs)
    await world.fleet.kill(random)
  }

  return {
    tally,
    arrives: async (index) => {
      for (let left = deaths.get(index) ?? 0; left > 0; left -= 1) {
        strikes.push(strike(random.whole(0, 400)))
      }
      for (let left = crashes.get(index) ?? 0; left > 0; left -= 1) {
        const afterMs = random.whole(0, 400)
        // One after the other: PostgreSQL cannot be stopped before it has started.
        crashing = crashing.then(() => crash(afterMs))
        crashing.catch(() => {})
      }
      if (random.chance(faultRate)) {
        tally.faults += 1
        await world.bank.setFault(drawFault(random, world.leaseMs))
      }
    },
    calm: async () => {
      await Promise.all(strikes)
      await crashing
    },
  }
}

/** So many moments, each in its own equal part of the run. */
const moments = (count: number, lifecycles: number, random: SeededRandom): ReadonlyMap<number, number> => {
  const at = new Map<number, number>()
  for (let part = 0; part < count; part += 1) {
    const index = Math.min(lifecycles - 1, Math.floor(((part + random.fraction()) * lifecycles) / count))
    at.set(index, (at.get(index) ?? 0) + 1)
  }
  return at
}
