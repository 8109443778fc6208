/** A process that dies at one of its awaits: from then on nothing of it ever continues. */

import { Effect } from "effect"
import type { Death } from "./world.ts"

export const makeMortal = (death: Death | null) => {
  let awaits = 0
  let isDead = false

  /** Passes an await of this process, or dies there. */
  const mortal = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      awaits += 1
      const diesHere = death !== null && awaits === death.atAwait
      if (isDead || (diesHere && death.when === "before")) {
        isDead = true
        return Effect.never
      }
      return Effect.flatMap(effect, (value) => {
        isDead ||= diesHere
        return isDead ? Effect.never : Effect.succeed(value)
      })
    })

  /** A service of which everything is an await. */
  const wrapped = <Service extends object>(service: Service): Service =>
    new Proxy(service, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        return typeof member === "function"
          ? (...args: ReadonlyArray<unknown>) => mortal(member(...args))
          : Effect.isEffect(member)
            ? mortal(member)
            : member
      },
    })

  const kill = () => {
    isDead = true
  }

  return { mortal, wrapped, kill, awaits: () => awaits, isDead: () => isDead }
}
