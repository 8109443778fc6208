import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Catalog } from "../server/catalog.ts"

const coffee = { sku: "coffee", name: "Coffee", price: 4500 }

const read = (text: string) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-catalog-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
    )
    const file = join(folder, "catalog.json")
    writeFileSync(file, text)
    return yield* Effect.map(Layer.build(Catalog.layer(file)), () => "read")
  })

const listOf = (...products: ReadonlyArray<object>) => JSON.stringify({ products })

describe("a price list", () => {
  it.effect.each<[string, string]>([
    ["of fixed and open prices", listOf(coffee, { sku: "tip", name: "Tip", open: { min: 1, max: 1 } })],
    ["of what is free of tax altogether", listOf({ ...coffee, taxFree: 4500 })],
    ["that an editor began with a byte order mark", `\uFEFF${listOf(coffee)}`],
  ])("%s is one", ([, text]) => Effect.map(read(text), (was) => expect(was).toBe("read")))

  it.effect.each<[string, string, RegExp]>([
    ["with nothing to sell", listOf(), /products/],
    ["with a sku twice", listOf(coffee, { ...coffee, price: 1 }), /each sku once/],
    [
      "of what can never be bought",
      listOf({ sku: "tip", name: "Tip", open: { min: 10, max: 1 } }),
      /min of at most max/,
    ],
    [
      "with more free of tax than it costs",
      listOf({ ...coffee, taxFree: 4501 }),
      /taxFree of at most the price/,
    ],
    ["with a fixed price and an open one", listOf({ ...coffee, open: { min: 1, max: 9 } }), /open/],
    ["with a misspelt field", listOf({ ...coffee, taxfree: 100 }), /taxfree/],
    ["with a price of nothing", listOf({ ...coffee, price: 0 }), /price/],
    ["that is no JSON", "coffee: 4500", /./],
  ])("%s stops the start", ([, text, why]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(read(text))
      expect(refused).toMatchObject({
        exitCode: 2,
        reason: expect.stringContaining("CATALOG_FILE must be a price list"),
      })
      expect(refused.reason).toMatch(why)
    }),
  )
})
