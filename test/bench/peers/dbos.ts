/** The same lifecycle as a durable workflow of three steps. */

import { randomUUID } from "node:crypto"
import { DBOS } from "@dbos-inc/dbos-sdk"
import { contend } from "../contestant.ts"
import { answer } from "../order.ts"

DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: process.env["BENCH_URL"] ?? "",
  logLevel: "error",
  runAdminServer: false,
})

const checkout = DBOS.registerWorkflow(
  async (orderId: string) => {
    await DBOS.runStep(async () => ({ orderId, amount: 9_000, payToken: orderId }), { name: "mint" })
    await DBOS.runStep(async () => ({ attempt: 1 }), { name: "execute" })
    return DBOS.runStep(async () => answer(orderId, orderId), { name: "settle" })
  },
  { name: "checkout" },
)

await DBOS.launch()

contend(
  async () => {
    const orderId = randomUUID()
    const handle = await DBOS.startWorkflow(checkout, { workflowID: orderId })(orderId)
    await handle.getResult()
  },
  () => DBOS.shutdown(),
)
