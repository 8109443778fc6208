import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Browser } from "../support/browser.ts"
import { Shop, shop } from "../support/server.ts"

describe("the API reference", () => {
  it.layer(Layer.merge(Layer.orDie(Browser.layer), shop()), { excludeTestServices: true })((it) => {
    it.effect("comes from this server alone, and runs no script but its own", () =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const page = yield* (yield* Browser).page()
        const asked: Array<string> = []
        const complaints: Array<string> = []
        page.on("request", (request) => asked.push(request.url()))
        page.on("pageerror", (error) => complaints.push(error.message))
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
        yield* Effect.promise(async () => {
          await page.goto(`${url}/docs`)
          await page.getByText("Execute and verify the payment").first().waitFor()
        })
        expect(asked.filter((address) => !address.startsWith("data:"))).toEqual([`${url}/docs`])
        expect(complaints).toEqual([])
        const ran = yield* Effect.promise(() =>
          page.evaluate(async () => {
            const refused = new Promise<string>((resolve) =>
              document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
                resolve(effectiveDirective),
              ),
            )
            const script = document.createElement("script")
            script.textContent = "globalThis.injected = true"
            document.head.append(script)
            return [await refused, "injected" in globalThis] as const
          }),
        )
        expect(ran).toEqual(["script-src-elem", false])
      }),
    )
  })
})
