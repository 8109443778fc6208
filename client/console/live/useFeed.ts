import { useEffect, useRef, useState } from "react"
import type { FeedEvent } from "../api/types.ts"
import { type Connection, follow } from "./stream.ts"

/** So many of the newest are kept; older ones are found by search. */
const mostKept = 300

export interface Feed {
  /** Newest first. */
  readonly events: ReadonlyArray<FeedEvent>
  readonly connection: Connection
  /** How many have come since it was paused. */
  readonly waiting: number
  readonly isPaused: boolean
  readonly setPaused: (isPaused: boolean) => void
}

/** What happens from now on. Paused, it goes on listening and shows what came when it is let go. */
export const useFeed = (): Feed => {
  const [heard, setHeard] = useState<ReadonlyArray<FeedEvent>>([])
  const [shown, setShown] = useState<ReadonlyArray<FeedEvent> | null>(null)
  const [connection, setConnection] = useState<Connection>("connecting")
  const batch = useRef<Array<FeedEvent>>([])

  useEffect(() => {
    const going = new AbortController()
    // What comes in one burst is drawn once.
    const draw = () => {
      const news = batch.current.splice(0).reverse()
      setHeard((known) => [...news, ...known].slice(0, mostKept))
    }
    const onEvent = (event: FeedEvent) => {
      if (batch.current.push(event) === 1) requestAnimationFrame(draw)
    }
    void follow({ onEvent, onConnection: setConnection }, going.signal)
    return () => going.abort()
  }, [])

  const newest = shown?.[0]?.cursor
  return {
    events: shown ?? heard,
    connection,
    waiting: shown === null ? 0 : countUntil(heard, newest),
    isPaused: shown !== null,
    setPaused: (isPaused) => setShown(isPaused ? heard : null),
  }
}

const countUntil = (events: ReadonlyArray<FeedEvent>, cursor: string | undefined): number => {
  const index = events.findIndex((event) => event.cursor === cursor)
  return index === -1 ? events.length : index
}
