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
    /** Requests whose body is still on its way. They hold nothing but memory, so that slow ones keep nobody from acting. */
    readonly toHear: Within
    /** Requests that change something, and may wait for TossPay. */
    readonly toAct: Within
    /** Requests that only look. They have room of their own, so that a slow TossPay hides nobody's orders. */
    readonly toRead: Within
  }
>()("tosspay-checkout/http/Capacity") {
  static readonly layer = (requestsAtOnce: number) =>
    Layer.sync(Capacity, () => ({
      toHear: room(requestsAtOnce * heardPerActing),
      toAct: room(requestsAtOnce),
      toRead: room(requestsAtOnce),
    }))
}

/** More than one address can keep waiting: its limit by the minute times what a body may take. */
const heardPerActing = 8

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

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))
