import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { callNames } from "../../server/tosspay/tosspay.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { breakingWire } from "../support/breakingWire.ts"
import { freshDatabaseUrl } from "../support/database.ts"
import { Shop, shop } from "../support/server.ts"

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly title: string
    readonly targets: ReadonlyArray<{ readonly expr: string }>
  }>
}

const rules = page("operations/alerts.yml")
  .split(/^ {6}- alert: /m)
  .slice(1)
const dashboard: Dashboard = JSON.parse(page("operations/grafana.json"))

/** Every query of the dashboard and every rule, by what it is called. */
const expressions = [
  ...rules.map((rule) => [rule.split("\n")[0] ?? "", rule] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
]

const ownFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-metrics-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const withCertificate = Effect.map(ownFolder, (path) => {
  const { cert, key } = makeAuthority("TossPay").issue("shop", {
    to: new Date(Date.now() + 40.5 * 86_400_000),
  })
  writeFileSync(join(path, "cert.pem"), cert)
  writeFileSync(join(path, "key.pem"), key)
  return { TOSSPAY_CERT_FILE: join(path, "cert.pem"), TOSSPAY_KEY_FILE: join(path, "key.pem") }
})

/** What Prometheus reads after an order was paid for, one was left, and a webhook was not there. */
const live = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  yield* call("POST", "/api/payment/create", { amount: 700 })
  const { payToken } = (yield* call("POST", "/api/payment/create", { amount: 5_000 })).body
  yield* sheet(payToken, "approve")
  expect((yield* call("POST", "/api/payment/execute", { payToken })).status).toBe(200)
  yield* call("GET", "/api/payment/orders/none")
  const metrics = Effect.map(call("GET", "/metrics"), ({ body }) => body as string)
  return yield* Effect.repeat(metrics, {
    until: (text) => text.includes("checkout_delivery_tries_total{"),
    times: 1_000,
  })
})

describe("the measures", () => {
  it.live(
    "that the dashboard and the rules speak of are in /metrics, with the labels that they speak of",
    () =>
      Effect.gen(function* () {
        const env = yield* withCertificate
        const text = yield* Effect.provide(
          live,
          shop({
            ...env,
            WEBHOOK_URL: "http://127.0.0.1:9/",
            WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString("base64")}`,
          }),
        )
        const samples = text.split("\n").filter((line) => line.startsWith("checkout_"))
        for (const [title, expression] of expressions) {
          const named = [...expression.matchAll(/(checkout_\w+)(?:\{([^}]*)\})?/g)]
          expect(named.length, title).toBeGreaterThan(0)
          for (const [, metric = "", labels = ""] of named) {
            const series = samples.filter(
              (line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `),
            )
            expect(series.length, `${title}: ${metric}`).toBeGreaterThan(0)
            for (const [, label] of labels.matchAll(/(\w+)=/g))
              expect(series.join("\n")).toContain(`${label}="`)
          }
        }

        const sampled = (sample: string) =>
          Number(
            samples
              .find((line) => line.startsWith(`${sample} `))
              ?.split(" ")
              .at(-1),
          )
        const call = 'checkout_tosspay_call_seconds_count{call="execute-payment",outcome="Answered"}'
        expect(sampled(call)).toBeGreaterThanOrEqual(1)
        const request = (route: string, status: string, method = "POST") =>
          `checkout_http_request_seconds_count{method="${method}",route="${route}",status="${status}"}`
        expect(sampled(request("/api/payment/execute", "2xx"))).toBeGreaterThanOrEqual(1)
        expect(sampled(request("/api/payment/orders/:orderId", "4xx", "GET"))).toBeGreaterThanOrEqual(1)
        expect(sampled('checkout_tosspay_health{health="well"}')).toBe(1)
        expect(sampled('checkout_tosspay_health{health="away"}')).toBe(0)
        expect(Math.floor(sampled("checkout_tosspay_certificate_days"))).toBe(40)
        expect(sampled("checkout_unfinished")).toBe(1)
        expect(sampled("checkout_unfinished_oldest_seconds")).toBeGreaterThan(0)
        expect(sampled("checkout_append_batch_size_count")).toBeGreaterThanOrEqual(4)
        expect(text).toMatch(/checkout_append_seconds_bucket\{le="\+Inf"\} \d+/)
      }).pipe(Effect.scoped),
    120_000,
  )
})

describe("whoever asks for the measures", () => {
  /** As long as Prometheus waits by itself. */
  const patience = () => ({ signal: AbortSignal.timeout(10_000) })

  it.live("finds the failures that a rule counts, before there was one", () =>
    Effect.gen(function* () {
      const { body } = yield* Effect.flatMap(Shop, ({ call }) => call("GET", "/metrics"))
      for (const call of callNames)
        expect(body).toMatch(
          new RegExp(`^checkout_tosspay_call_seconds_count\\{call="${call}",outcome="Unknown"\\} \\d+$`, "m"),
        )
    }).pipe(Effect.provide(shop())),
  )

  it.live("of a database that falls silent hears that it is away, and not nothing", () =>
    Effect.gen(function* () {
      const wire = yield* breakingWire(yield* freshDatabaseUrl)
      const said = yield* Effect.gen(function* () {
        const { url, call } = yield* Shop
        expect((yield* call("GET", "/metrics")).body).toContain("checkout_database_up 1")
        wire.fallSilent()
        // It is cut in the end, so that the server need not wait for an answer before it stops.
        return yield* Effect.promise(() =>
          fetch(`${url}/metrics`, patience()).then((reply) => reply.text()),
        ).pipe(Effect.ensuring(Effect.sync(() => wire.cut(true))))
      }).pipe(Effect.provide(shop({ DATABASE_URL: wire.url })))
      expect(said).toContain("checkout_database_up 0")
    }).pipe(Effect.scoped),
  )
})

describe("the alert rules", () => {
  it("have each a part in docs/runbook.md: what it means, how to look, what to do, when it ends", () => {
    const parts = page("runbook.md").split(/^#+ /m)
    expect(rules.length).toBeGreaterThan(8)
    for (const rule of rules) {
      const name = rule.split("\n")[0] ?? ""
      const part = parts.find((each) => each.startsWith(`${name}\n`))
      for (const words of ["What it means.", "How to look.", "What to do.", "When it ends."]) {
        expect(part, name).toContain(`**${words}**`)
      }
    }
  })

  it("are the only parts of docs/runbook.md that are called like one", () => {
    const headings = [...page("runbook.md").matchAll(/^#+ (Checkout\w+)$/gm)].map((match) => match[1])
    expect(headings.sort()).toEqual(rules.map((rule) => rule.split("\n")[0] ?? "").sort())
  })
})
