/**
 * How many requests of buyers are worked on at once. One more would only wait, and make those wait longer that were let in
 * before it; so it is told at once to come again, which costs next to nothing, and memory stays within bounds.
 */

import { Context, Effect, Layer } from "effect"
import { Unavailable } from "../errors.ts"

type Within = <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Unavailable, R>

/** So many places. */
export interface Room {
  /** Does the request, or fails with `SERVER_BUSY` before anything of it is done. */
  readonly within: Within
  /** Fails likewise where there is no place now. It takes none: for whoever could not use it yet. */
  readonly expectPlace: Effect.Effect<void, Unavailable>
}

export class Capacity extends Context.Service<
  Capacity,
  {
    /**
     * Requests whose body is still on its way. They hold nothing but memory, so that slow ones keep nobody from acting; and one
     * address holds no more than an eighth of that, so that its slow ones keep no other from being heard.
     */
    readonly toHear: (address: string) => Within
    /** Requests that change something, and may wait for TossPay. */
    readonly toAct: Room
    /**
     * Those of them that begin something: they leave half of the places to others. So buyers whose payment has begun can end it
     * while more come than can be served, and what was let in is not in vain.
     */
    readonly toBegin: Room
    /** Requests that only look. They have room of their own, so that a slow TossPay hides nobody's orders. */
    readonly toRead: Room
  }
>()("tosspay-checkout/http/Capacity") {
  static readonly layer = (requestsAtOnce: number) =>
    Layer.sync(Capacity, () => {
      const toAct = room(requestsAtOnce)
      return {
        toHear: rooms(requestsAtOnce, requestsAtOnce * addressesHeard),
        toAct,
        toBegin: inside(toAct, room(Math.ceil(requestsAtOnce / 2))),
        toRead: room(requestsAtOnce),
      }
    })
}

/** How many addresses may each have as many requests on their way as are worked on at once. */
const addressesHeard = 8

const room = (size: number): Room => {
  let taken = 0
  const leave = Effect.sync(() => {
    taken -= 1
  })
  return {
    within: <A, E, R>(request: Effect.Effect<A, E, R>) =>
      Effect.suspend((): Effect.Effect<A, E | Unavailable, R> => {
        if (taken >= size) return busy
        taken += 1
        return Effect.ensuring(request, leave)
      }),
    expectPlace: Effect.suspend(() => (taken >= size ? busy : Effect.void)),
  }
}

/** A part of a room. */
const inside = (all: Room, part: Room): Room => ({
  within: (request) => part.within(all.within(request)),
  expectPlace: Effect.andThen(part.expectPlace, all.expectPlace),
})

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
        return Effect.ensuring(all.within(request), leave)
      })
  }
}

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))
