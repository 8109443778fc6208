/** Server-sent events out of a body (HTML standard, 9.2.6): those with an id and data, which are all that the feed sends. */

export interface Message {
  readonly id: string
  readonly data: string
}

export async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let text = ""
  try {
    while (true) {
      const { value, done } = await reader.read()
      if (done) return
      const blocks = (text + value).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const [id, data] = [fieldOf(block, "id"), fieldOf(block, "data")]
        if (id !== null && data !== null) yield { id, data }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

const fieldOf = (block: string, name: string): string | null => {
  const lines = block.split("\n").filter((line) => line.startsWith(`${name}:`))
  return lines.length === 0 ? null : lines.map((line) => line.slice(name.length + 1).trimStart()).join("\n")
}
