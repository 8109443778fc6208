/** The back office's feed, as the stage reads it. EventSource can send no token, so the stream is read by hand. */

import { type FactType, type StatePath, withoutSecrets } from "../../../machines/index.ts"

/** One row of the server's log. */
export interface LogEvent {
  readonly version: number
  readonly type: FactType
  readonly to: StatePath
  readonly data: Readonly<Record<string, unknown>>
  readonly recordedAt: string
}

type FeedEvent = LogEvent & { readonly orderId: string }

const ask = (adminToken: string, path: string, more: RequestInit = {}) =>
  fetch(`/admin/api/${path}`, {
    ...more,
    headers: { authorization: `Bearer ${adminToken}`, ...more.headers },
  })

/** What is on record of an order. */
export const readLog = async (adminToken: string, orderId: string): Promise<ReadonlyArray<LogEvent>> => {
  const reply = await ask(adminToken, `checkouts/${encodeURIComponent(orderId)}`)
  if (!reply.ok) return []
  return withoutSecrets((await reply.json()).events)
}

/** Hears every event from now on, until the signal ends it; a stream that breaks off is taken up where it broke. */
export const followFeed = async (
  adminToken: string,
  onEvent: (event: FeedEvent) => void,
  signal: AbortSignal,
): Promise<void> => {
  for (let last = "latest"; !signal.aborted; await pause(1_000)) {
    try {
      const reply = await ask(adminToken, `events/stream?after=${encodeURIComponent(last)}`, { signal })
      for await (const event of messages<FeedEvent & { readonly cursor: string }>(reply)) {
        last = event.cursor
        onEvent(withoutSecrets(event))
      }
    } catch {
      // The server is away, or this page is.
    }
  }
}

/** The data of each server-sent event. */
async function* messages<A>(reply: Response): AsyncGenerator<A> {
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ""; reader !== undefined; ) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (text + value).split("\n\n")
    text = blocks.pop() ?? ""
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5))
      if (data.length > 0) yield JSON.parse(data.join("\n"))
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
