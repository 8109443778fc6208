/** The feed as it happens. Not an EventSource, because that sends no headers, and without the console's a session does not count. */

import { ask, isFailure, read } from "../api/request.ts"
import type { FeedEvent } from "../api/types.ts"
import { messagesOf } from "./messages.ts"

export type Connection = "connecting" | "connected" | "lost"

interface Listener {
  readonly onEvent: (event: FeedEvent) => void
  readonly onConnection: (connection: Connection) => void
}

const pauseMs = 1_000

/** Follows the feed from now on, until `signal` says stop. A connection that breaks goes on after the last event heard. */
export const follow = async (listener: Listener, signal: AbortSignal): Promise<void> => {
  let after: string | null = null
  while (!signal.aborted) {
    listener.onConnection("connecting")
    try {
      after ??= await endOfFeed(signal)
      const answer = await ask("/events/stream", {
        signal,
        headers: after === null ? {} : { "last-event-id": after },
      })
      if (isFailure(answer) && answer.kind === "refused") return listener.onConnection("lost")
      if (!isFailure(answer) && answer.body !== null) {
        listener.onConnection("connected")
        for await (const { id, data } of messagesOf(answer.body)) {
          after = id
          listener.onEvent(JSON.parse(data))
        }
      }
    } catch {
      // It broke, or nobody listens any more: the loop finds out which.
    }
    if (!signal.aborted) {
      listener.onConnection("lost")
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** The place to begin at is known before the first event, so that a connection that breaks before it misses nothing. */
const endOfFeed = async (signal: AbortSignal): Promise<string | null> => {
  const page = await read<{ readonly cursor: string | null }>("/events?after=latest", { signal })
  if (isFailure(page)) throw page
  return page.cursor
}
