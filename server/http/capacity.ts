/**
 * How many requests of buyers are worked on at once. One more would only wait, and make those wait longer that were let in
 * before it; so it is told at once to come again, which costs next to nothing, and memory stays within bounds.
 */

import { Context, Effect, Layer } from "effect"
import { Unavailable } from "../errors.ts"

type Within = <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Unavailable, R>

/** Each does its request, or fails with `SERVER_BUSY` before anything of it is done. */
export class Capacity extends Context.Service<
  Capacity,
  {
    /**
     * Requests whose body is still on its way. They hold nothing but memory, so that slow ones keep nobody from acting; and one
     * address holds no more than an eighth of that, so that its slow ones keep no other from being heard.
     */
    readonly toHear: (address: string) => Within
    /** Requests that change something, and may wait for TossPay. */
    readonly toAct: Within
    /** Requests that only look. They have room of their own, so that a slow TossPay hides nobody's orders. */
    readonly toRead: Within
  }
>()("tosspay-checkout/http/Capacity") {
  static readonly layer = (requestsAtOnce: number) =>
    Layer.sync(Capacity, () => ({
      toHear: rooms(requestsAtOnce, requestsAtOnce * addressesHeard),
      toAct: room(requestsAtOnce),
      toRead: room(requestsAtOnce),
    }))
}

/** How many addresses may each have as many requests on their way as are worked on at once. */
const addressesHeard = 8

const room = (size: number): Within => {
  let taken = 0
  const leave = Effect.sync(() => {
    taken -= 1
  })
  return <A, E, R>(request: Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | Unavailable, R> => {
      if (taken >= size) return busy
      taken += 1
      return Effect.ensuring(request, leave)
    })
}

/** One that all are in, of which each key takes no more than its share. */
const rooms = (share: number, size: number): ((key: string) => Within) => {
  const all = room(size)
  const taken = new Map<string, number>()
  return (key) => {
    const leave = Effect.sync(() => {
      const left = (taken.get(key) ?? 0) - 1
      if (left > 0) taken.set(key, left)
      else taken.delete(key)
    })
    return (request) =>
      Effect.suspend(() => {
        const own = taken.get(key) ?? 0
        if (own >= share) return busy
        taken.set(key, own + 1)
        return Effect.ensuring(all(request), leave)
      })
  }
}

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))
