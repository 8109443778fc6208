/** Buyers over HTTP: create, then execute; the bank has let them through by then. */

import { Client } from "undici"
import { contend } from "./contestant.ts"

const url = process.env["BENCH_URL"] ?? ""
const clients: Array<Client> = []

const post = async (client: number, path: string, body: unknown) => {
  clients[client] ??= new Client(url)
  const connection = clients[client]
  const { statusCode, body: reply } = await connection.request({
    method: "POST",
    path,
    headers: { "content-type": "application/json", "x-toss-user-key": `buyer-${client}` },
    body: JSON.stringify(body),
  })
  const answer = (await reply.json()) as { readonly payToken: string; readonly ok?: boolean }
  if (statusCode >= 300 || answer.ok === false)
    throw new Error(`${path}: ${statusCode} ${JSON.stringify(answer)}`)
  return answer
}

contend(
  async (client) => {
    const { payToken } = await post(client, "/api/payment/create", {
      items: [{ sku: "coffee", quantity: 2 }],
    })
    await post(client, "/api/payment/execute", { payToken })
  },
  async () => {
    await Promise.all(clients.map((client) => client.close()))
  },
)
