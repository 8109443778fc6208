// Checks this folder alone: run `node verify.mjs` in it, with any Node from 18 on. Nothing of the shop's software is used.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8")
const sorted = (_, value) => (Object(value) === value && !Array.isArray(value) ? inOrder(value) : value)
const inOrder = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
const hashOf = (event) => createHash("sha256").update(JSON.stringify(event, sorted)).digest("hex")

const proof = JSON.parse(read("proof.json"))
const legal = new Set(JSON.parse(read("machine.json")).moves.map(Object.values).map(String))
const wrong = []
const events = read("events.jsonl")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line))
let last = { version: 0, to: null, hash: null }
for (const { hash, ...event } of events) {
  const { checkoutId, version, type, from, to, machineVersion, prevHash } = event
  if (checkoutId !== proof.checkoutId || version !== last.version + 1)
    wrong.push(`version ${version} is out of place`)
  if (from !== last.to || prevHash !== last.hash)
    wrong.push(`version ${version} does not continue the one before`)
  if (!legal.has(`${machineVersion},${from ?? "-"},${type},${to}`))
    wrong.push(`version ${version} is no legal move`)
  if (hashOf(event) !== hash) wrong.push(`version ${version} does not have its hash`)
  last = { version, to, hash }
}
const expected = process.argv[2] ?? proof.lastHash
if (last.version !== proof.events || last.hash !== expected)
  wrong.push("the history does not end with the expected hash")

// What is written beside the events has to follow from them.
const { orderId, amount } = events[0]?.data?.order ?? {}
const [createdAt, updatedAt] = [events[0]?.recordedAt, events.at(-1)?.recordedAt]
const { checkoutId } = proof
const checkout = JSON.parse(read("checkout.json"))
const follows = {
  checkoutId,
  orderId,
  amount,
  at: last.to,
  version: last.version,
  hash: last.hash,
  createdAt,
  updatedAt,
}
for (const [name, value] of Object.entries(follows))
  if (checkout[name] !== value) wrong.push(`checkout.json: ${name} is not what follows from the events`)
const evidence = events.flatMap(({ version, type, recordedAt, data: { answer, checks } }) =>
  answer === undefined ? [] : [{ version, type, recordedAt, answer, checks }],
)
if (JSON.stringify(JSON.parse(read("evidence.json")), sorted) !== JSON.stringify(evidence, sorted))
  wrong.push("evidence.json is not what the events hold")
if (proof.orderId !== orderId) wrong.push("the order is not the one of the events")

console.log(
  wrong.length === 0
    ? `genuine: ${last.version} events of ${proof.orderId} end in ${last.to}`
    : wrong.join("\n"),
)
process.exitCode = wrong.length === 0 ? 0 : 1
