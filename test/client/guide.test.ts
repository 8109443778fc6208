/** docs/webview.md says what the code says. */

import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { messages, type Screen } from "../../client/index.ts"

const guide = readFileSync(new URL("../../docs/webview.md", import.meta.url), "utf8")

/** In the order of a payment's life. */
const meanings: Readonly<Record<Screen["step"], string>> = {
  idle: "there is none yet",
  creating: "is being created",
  authenticating: "the sheet is open",
  ready: "the buyer may pay",
  executing: "the outcome comes at any moment",
  confirming: "the outcome is being found out; paying again might charge twice",
  review: "a person looks into it",
  paid: "paid",
  refunding: "the money is on its way back",
  refunded: "given back in full",
  unpaid: "nothing was charged and nothing will be",
}

it("the guide's table of steps has every step with its words", () => {
  const rows = (Object.keys(meanings) as ReadonlyArray<Screen["step"]>).map(
    (step) => `| \`${step}\` | ${meanings[step]} | ${messages.en[step] || "–"} |`,
  )
  const table = ["| step | the order | said in English |", "| --- | --- | --- |", ...rows].join("\n")
  expect(guide).toContain(table)
})
