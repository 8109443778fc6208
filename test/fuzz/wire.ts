/** One request, byte by byte: a well-behaved client would not send most of what is sent here. */

import { connect } from "node:net"

export interface Sent {
  readonly method: string
  readonly target: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string | null
  /** The length of the body is not said before it is sent. */
  readonly isChunked: boolean
  readonly host?: string
}

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const patienceMs = 20_000

/** What comes back, up to its end, or up to its head where it has no end. Rejects where nothing does in time. */
export const send = (
  port: number,
  { method, target, headers, body, isChunked, host = "shop" }: Sent,
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.from(body ?? "")
    const framing = isChunked ? "transfer-encoding: chunked" : `content-length: ${bytes.length}`
    const head = [
      `${method} ${target} HTTP/1.1`,
      `host: ${host}`,
      "connection: close",
      ...(body === null ? [] : [framing]),
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ].join("\r\n")
    const socket = connect(port, "127.0.0.1")
    let heard = Buffer.alloc(0)
    const done = () => {
      socket.destroy()
      const got = read(heard.toString("latin1"))
      if (got === null) reject(new Error(`no answer to ${method} ${target.slice(0, 200)}`))
      else resolve(got)
    }
    socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer in time")))
    socket.on("data", (chunk) => {
      heard = Buffer.concat([heard, chunk])
      if (/^content-type: text\/event-stream/im.test(heard.subarray(0, 2_000).toString("latin1"))) done()
    })
    // A server that has said no may close before it has read everything.
    socket.on("error", () => {})
    socket.on("close", done)
    socket.write(`${head}\r\n\r\n`, "latin1")
    socket.write(body !== null && isChunked ? inChunks(bytes) : bytes)
  })

const inChunks = (bytes: Buffer): Buffer => {
  const sizes = bytes.length === 0 ? [] : [bytes.length >> 1, bytes.length - (bytes.length >> 1)]
  const chunks = sizes.filter((size) => size > 0)
  let at = 0
  const parts = chunks.flatMap((size) => {
    at += size
    return [Buffer.from(`${size.toString(16)}\r\n`), bytes.subarray(at - size, at), Buffer.from("\r\n")]
  })
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")])
}

const read = (text: string): Got | null => {
  const end = text.indexOf("\r\n\r\n")
  const [first = "", ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n")
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  if (end === -1 || Number.isNaN(status)) return null
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  )
  // What comes after it answers what would be a second request, where the first one was split.
  const length = Number(headers["content-length"] ?? Number.POSITIVE_INFINITY)
  const body = Buffer.from(text.slice(end + 4, end + 4 + length), "latin1").toString()
  return { status, headers, body }
}
