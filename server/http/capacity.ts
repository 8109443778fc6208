/**
 * How many requests of buyers are worked on at once. One more would only wait, and make those wait longer that were let in
 * before it; so it is told at once to come again, which costs next to nothing, and memory stays within bounds.
 */

import { Context, Effect, Layer } from "effect"
import { Seat } from "../checkout/seat.ts"
import { Unavailable } from "../errors.ts"

type Within = <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Unavailable, R>

/** So many seats. */
export interface Room {
  /** Does the request, or fails with `SERVER_BUSY` before anything of it is done. */
  readonly within: Within
  /** Fails likewise where there is no seat now. It takes none: for whoever could not use it yet. */
  readonly expectSeat: Effect.Effect<void, Unavailable>
}

export class Capacity extends Context.Service<
  Capacity,
  {
    /**
     * Requests whose body is still on its way. They hold nothing but memory, so that slow ones keep nobody from acting; and one
     * address holds no more than an eighth of that, so that its slow ones keep no other from being heard.
     */
    readonly toHear: (address: string) => Within
    /**
     * Requests that change something, and may wait for TossPay. A seat is taken until the work has ended, also where whoever
     * asked is gone: what was begun is finished (checkout/advance.ts), and buyers who leave are no more than buyers who stay.
     */
    readonly toAct: Room
    /**
     * Those of them that begin something: they leave half of the seats to others. So buyers whose payment has begun can end it
     * while more come than can be served, and what was let in is not in vain.
     */
    readonly toBegin: Room
    /** Requests that only look. They have room of their own, so that a slow TossPay hides nobody's orders. */
    readonly toRead: Room
  }
>()("tosspay-checkout/http/Capacity") {
  static readonly layer = (requestsAtOnce: number) =>
    Layer.sync(Capacity, () => {
      const acting = seats(requestsAtOnce)
      return {
        toHear: shares(requestsAtOnce, seats(requestsAtOnce * addressesHeard)),
        toAct: workroom(acting),
        toBegin: workroom(both(acting, seats(Math.ceil(requestsAtOnce / 2)))),
        toRead: room(seats(requestsAtOnce)),
      }
    })
}

/** How many addresses may each have as many requests on their way as are worked on at once. */
const addressesHeard = 8

interface Seats {
  readonly areTaken: () => boolean
  /** Takes one; the answer gives it back. */
  readonly take: () => () => void
}

const seats = (size: number): Seats => {
  let taken = 0
  return {
    areTaken: () => taken >= size,
    take: () => {
      taken += 1
      return () => {
        taken -= 1
      }
    },
  }
}

/** A seat in each. */
const both = (one: Seats, other: Seats): Seats => ({
  areTaken: () => one.areTaken() || other.areTaken(),
  take: () => {
    const [leaveOne, leaveOther] = [one.take(), other.take()]
    return () => {
      leaveOne()
      leaveOther()
    }
  },
})

/** One in which a seat is taken as long as its request is there. */
const room = ({ areTaken, take }: Seats): Room => ({
  within: <A, E, R>(request: Effect.Effect<A, E, R>) =>
    Effect.suspend(
      (): Effect.Effect<A, E | Unavailable, R> =>
        areTaken() ? busy : Effect.ensuring(request, Effect.sync(take())),
    ),
  expectSeat: Effect.suspend(() => (areTaken() ? busy : Effect.void)),
})

/** One in which it is taken as long as anybody holds it: the request, and what it began. */
const workroom = (seats: Seats): Room => ({
  ...room(seats),
  within: <A, E, R>(request: Effect.Effect<A, E, R>) =>
    Effect.withFiber((fiber): Effect.Effect<A, E | Unavailable, R> => {
      if (seats.areTaken()) return busy
      const leave = seats.take()
      let holders = 0
      const hold = () => {
        holders += 1
        return () => {
          holders -= 1
          if (holders === 0) leave()
        }
      }
      // For the rest of this request's fiber, as the router does it: who provides takes away what the router leaves behind.
      fiber.setContext(Context.add(fiber.context, Seat, { hold }))
      return Effect.ensuring(request, Effect.sync(hold()))
    }),
})

/** One of which each key takes no more than its share. */
const shares = (share: number, all: Seats): ((key: string) => Within) => {
  const taken = new Map<string, number>()
  return (key) => {
    const own: Seats = {
      areTaken: () => (taken.get(key) ?? 0) >= share,
      take: () => {
        taken.set(key, (taken.get(key) ?? 0) + 1)
        return () => {
          const left = (taken.get(key) ?? 0) - 1
          if (left > 0) taken.set(key, left)
          else taken.delete(key)
        }
      },
    }
    return room(both(own, all)).within
  }
}

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))
