/** What a subscriber says about itself, and how its code answers a message. */

import { Data, type Effect } from "effect"
import type { Message, MessageKind } from "./messages.ts"

export interface SubscriptionOptions {
  /** Under this name its place is kept, so it stays the same over restarts. Lower case, digits and hyphens. */
  readonly name: string
  /** Where it starts when its name is new: with the first event of the log, or with what happens from now on. */
  readonly from: "beginning" | "now"
  /** How long one try may take; at most 40,000 ms, which is the default. */
  readonly timeoutMs?: number
  /** After so many tries a message is a dead letter; 16 in two days unless told otherwise. */
  readonly tries?: number
  /** How many messages are handled at the same time, of different checkouts; 8 unless told otherwise. */
  readonly concurrency?: number
}

/**
 * Has handled the message when its effect succeeds or its promise resolves. Any other end is a failure, and the message comes
 * again later. A promise that is still pending when its time is over is told by the signal, and is not waited for.
 */
export type Handler<M, R = never> = (
  message: M,
  signal: AbortSignal,
) => Effect.Effect<unknown, unknown, R> | Promise<unknown>

/** Fail with this to be asked again no sooner than this; after a day at most. */
export class Postpone extends Data.TaggedError("Postpone")<{
  readonly afterMs: number
  readonly message: string
}> {}

/**
 * Fail with this to hear nothing more until somebody resumes the subscription. Nothing is lost: the messages wait, or are dead
 * letters after their last try.
 */
export class Unsubscribe extends Data.TaggedError("Unsubscribe")<{ readonly message: string }> {}

/** A subscription as its worker knows it. */
export interface Subscription<R> extends Required<SubscriptionOptions> {
  readonly kinds: ReadonlyArray<MessageKind>
  readonly handle: (message: Message) => Effect.Effect<unknown, unknown, R>
}
