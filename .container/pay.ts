/** Pays once at what compose.yaml started, and ends with 0 if the money moved. Waits for the server for half a minute. */

const shop = process.env["SHOP_URL"] ?? "http://127.0.0.1:3000"
const bank = process.env["BANK_URL"] ?? "http://127.0.0.1:3100"

const post = async (url: string, body: unknown): Promise<Record<string, unknown>> => {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  return (await reply.json()) as Record<string, unknown>
}

const isReady = () =>
  fetch(`${shop}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

for (let tries = 0; tries < 60 && !(await isReady()); tries += 1) {
  await new Promise((again) => setTimeout(again, 500))
}
const { payToken } = await post(`${shop}/api/payment/create`, { amount: 5_000 })
await post(`${bank}/sheet/${payToken}`, { action: "approve" })
const answer = await post(`${shop}/api/payment/execute`, { payToken })
process.stdout.write(`${JSON.stringify(answer)}\n`)
if (answer["state"] !== "settled") process.exitCode = 1
