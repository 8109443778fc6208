/** Something between a shop and its TossPay, over HTTP: it counts the calls, and may hold them up. */

import { createServer } from "node:http"
import { Effect } from "effect"

export interface Call {
  readonly name: string
  readonly payToken: string | null
  readonly orderNo: string | null
}

/** `hold`: what a call waits for before it is passed on. */
export const between = (url: string, hold: (call: Call, count: number) => Promise<unknown> | undefined) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const calls: Array<Call> = []
      const server = createServer(async (request, response) => {
        const chunks: Array<Buffer> = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const body = Buffer.concat(chunks).toString("utf8")
        const { payToken = null, orderNo = null } = JSON.parse(body) as Partial<Call>
        const call = { name: request.url?.split("/").at(-1) ?? "", payToken, orderNo }
        calls.push(call)
        await hold(call, calls.length)
        const headers = request.headers as Record<string, string>
        const reply = await fetch(`${url}${request.url}`, {
          method: "POST",
          headers: {
            "content-type": headers["content-type"] ?? "",
            "x-toss-user-key": headers["x-toss-user-key"] ?? "",
          },
          body,
        })
        response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" })
        response.end(await reply.text())
      })
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
      const { port } = server.address() as { port: number }
      return { calls, url: `http://127.0.0.1:${port}`, server }
    }),
    ({ server }) => Effect.sync(() => server.closeAllConnections() ?? server.close()),
  )
