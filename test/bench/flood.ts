/** An open loop: buyers who come at a fixed rate, whether or not those before them have been served. Told off, they leave. */

import { Client } from "undici"

export interface FloodLoad {
  readonly perSecond: number
  readonly runMs: number
}

export interface Flooded {
  readonly arrived: number
  /** Buyers who came when every connection of this process was taken: the server never heard of them. */
  readonly unheard: number
  /** Requests that were answered as ever, and how long each took. */
  readonly answeredMs: ReadonlyArray<number>
  /** Requests that were told to come again, and how long that took. */
  readonly toldOffMs: ReadonlyArray<number>
  /** Told off without `Retry-After`, or anything else. */
  readonly wrong: ReadonlyArray<string>
  readonly settledOrderIds: ReadonlyArray<string>
}

/** Each buyer has one of these to itself, so that what is measured is the server's time and not a wait for a connection. */
const free = Array.from({ length: 1_500 }, () => new Client(process.env["BENCH_URL"] ?? ""))

/** As a proxy holds them: open before anybody comes. Some at a time, because a server takes them in one by one. */
const connect = async () => {
  for (let first = 0; first < free.length; first += 50) {
    const some = free.slice(first, first + 50)
    const replies = await Promise.all(
      some.map((client) => client.request({ method: "GET", path: "/healthz" })),
    )
    await Promise.all(replies.map(({ body }) => body.dump()))
  }
}

const flood = async ({ perSecond, runMs }: FloodLoad): Promise<Flooded> => {
  const answeredMs: Array<number> = []
  const toldOffMs: Array<number> = []
  const wrong: Array<string> = []
  const settledOrderIds: Array<string> = []

  const post = async (connection: Client, path: string, body: unknown, buyer: number) => {
    const beganMs = performance.now()
    const reply = await connection.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json", "x-toss-user-key": `flood-${buyer}` },
      body: JSON.stringify(body),
    })
    const answer = (await reply.body.json()) as { readonly payToken?: string; readonly orderId?: string }
    const tookMs = performance.now() - beganMs
    if (reply.statusCode === 503 || reply.statusCode === 429) {
      if (reply.headers["retry-after"] === undefined)
        wrong.push(`${path}: ${reply.statusCode} without Retry-After`)
      toldOffMs.push(tookMs)
      return null
    }
    if (reply.statusCode >= 300) wrong.push(`${path}: ${reply.statusCode} ${JSON.stringify(answer)}`)
    answeredMs.push(tookMs)
    return answer
  }

  const buy = async (connection: Client, buyer: number) => {
    const created = await post(
      connection,
      "/api/payment/create",
      { items: [{ sku: "coffee", quantity: 2 }] },
      buyer,
    )
    if (created === null) return
    const executed = await post(connection, "/api/payment/execute", { payToken: created.payToken }, buyer)
    if (executed?.orderId !== undefined) settledOrderIds.push(executed.orderId)
  }

  const buyers: Array<Promise<unknown>> = []
  let unheard = 0
  const beganMs = performance.now()
  for (let nowMs = beganMs; nowMs < beganMs + runMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - beganMs) / 1000) * perSecond)
    while (buyers.length + unheard < due) {
      const connection = free.pop()
      if (connection === undefined) {
        unheard += 1
        continue
      }
      const bought = buy(connection, buyers.length % 500)
        .catch((cause: unknown) => wrong.push(String(cause)))
        .finally(() => free.push(connection))
      buyers.push(bought)
    }
    await new Promise((next) => setTimeout(next, 5))
  }
  await Promise.all(buyers)
  return { arrived: buyers.length + unheard, unheard, answeredMs, toldOffMs, wrong, settledOrderIds }
}

process.on("message", async (load: FloodLoad) => {
  await connect()
  process.send?.(await flood(load))
})
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
