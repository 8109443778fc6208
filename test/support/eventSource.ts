/** A reader of server-sent events that shows how the connection ends. */

import { Effect } from "effect"

export interface Heard {
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  readonly data: any
}

export interface Listening {
  readonly status: number
  /** The next events, as soon as there are so many; fewer if the stream ends before. */
  readonly next: (count: number) => Effect.Effect<ReadonlyArray<Heard>>
  /** Comes when the server has ended the stream, with what was heard until then. */
  readonly ended: Effect.Effect<ReadonlyArray<Heard>>
}

/** Goes away when the scope closes. */
export const listen = (url: string, headers: Record<string, string>) =>
  Effect.gen(function* () {
    const connection = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort()),
    )
    const reply = yield* Effect.promise(() => fetch(url, { headers, signal: connection.signal }))
    const reader = (reply.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    const heard: Array<Heard> = []
    const read = async (): Promise<boolean> => {
      const { value, done } = await reader.read()
      const blocks = (text + (value ?? "")).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1]
        const data = field("data")
        if (data !== undefined) heard.push({ id: field("id") ?? "", data: JSON.parse(data) })
      }
      return !done
    }
    return {
      status: reply.status,
      next: (count) =>
        Effect.promise(async () => {
          while (heard.length < count && (await read()));
          return heard.splice(0, count)
        }),
      ended: Effect.promise(async () => {
        while (await read());
        return heard.splice(0)
      }),
    } satisfies Listening
  })
