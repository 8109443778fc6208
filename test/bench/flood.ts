/** An open loop: buyers who come at a fixed rate, whether or not those before them have been served. Told off, they leave. */

import { Pool } from "undici"

export interface FloodLoad {
  readonly perSecond: number
  readonly runMs: number
}

export interface Flooded {
  readonly arrived: number
  /** Requests that were answered as ever, and how long each took. */
  readonly answeredMs: ReadonlyArray<number>
  /** Requests that were told to come again, and how long that took. */
  readonly toldOffMs: ReadonlyArray<number>
  /** Told off without `Retry-After`, or anything else. */
  readonly wrong: ReadonlyArray<string>
  readonly settledOrderIds: ReadonlyArray<string>
}

/** So many connections at most: more buyers wait before they are connected, which is not the server's time. */
const connections = 2_000

const pool = new Pool(process.env["BENCH_URL"] ?? "", { connections, pipelining: 1 })

const flood = async ({ perSecond, runMs }: FloodLoad): Promise<Flooded> => {
  const answeredMs: Array<number> = []
  const toldOffMs: Array<number> = []
  const wrong: Array<string> = []
  const settledOrderIds: Array<string> = []

  const post = async (path: string, body: unknown, buyer: number) => {
    const beganMs = performance.now()
    const reply = await pool.request({
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

  const buy = async (buyer: number) => {
    const created = await post("/api/payment/create", { items: [{ sku: "coffee", quantity: 2 }] }, buyer)
    if (created === null) return
    const executed = await post("/api/payment/execute", { payToken: created.payToken }, buyer)
    if (executed?.orderId !== undefined) settledOrderIds.push(executed.orderId)
  }

  const buyers: Array<Promise<void>> = []
  const beganMs = performance.now()
  for (let nowMs = beganMs; nowMs < beganMs + runMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - beganMs) / 1000) * perSecond)
    while (buyers.length < due) {
      const buyer = buyers.length % 500
      buyers.push(buy(buyer).catch((cause: unknown) => void wrong.push(String(cause))))
    }
    await new Promise((next) => setTimeout(next, 5))
  }
  await Promise.all(buyers)
  return { arrived: buyers.length, answeredMs, toldOffMs, wrong, settledOrderIds }
}

process.on("message", async (load: FloodLoad) => process.send?.(await flood(load)))
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
