/** The rules for Prometheus, evaluated by Prometheus' own tool over series that were thought out: who is woken, and who is not. */

import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const rules = fileURLToPath(new URL("../../docs/operations/alerts.yml", import.meta.url))
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0

interface Case {
  readonly rule: string
  /** What happens, in a few words. */
  readonly when: string
  /** Samples every 15 seconds, in the notation of `promtool test rules`. */
  readonly series: Readonly<Record<string, string>>
  /** Moments at which it fires, and at which it does not. */
  readonly fires?: ReadonlyArray<string>
  readonly silent?: ReadonlyArray<string>
}

const health = (is: string) => `checkout_tosspay_health{health="${is}"}`
const executions = (outcome: string) =>
  `checkout_tosspay_call_seconds_count{call="execute-payment",outcome="${outcome}"}`
const requests = (status: string, route = "/api/payment/execute") =>
  `checkout_http_request_seconds_count{route="${route}",status="${status}"}`
const bucket = (le: string) => `checkout_append_seconds_bucket{le="${le}"}`

/** Away for a minute, then untested for half a minute, until the next buyer comes. */
const quietOutage = Array.from({ length: 20 }, () => "1 1 1 1 0 0").join(" ")

const cases: ReadonlyArray<Case> = [
  {
    rule: "CheckoutServersGone",
    when: "the last server is gone",
    series: { 'checkout_database_up{instance="a"}': "1x8 stale _x60" },
    silent: ["1m", "3m30s"],
    fires: ["4m30s"],
  },
  {
    rule: "CheckoutServersGone",
    when: "one of two is gone",
    series: {
      'checkout_database_up{instance="a"}': "1x8 stale _x60",
      'checkout_database_up{instance="b"}': "1x100",
    },
    silent: ["8m"],
  },
  {
    rule: "CheckoutDatabaseAway",
    when: "the database stays away",
    series: { checkout_database_up: "1x4 0x20" },
    silent: ["1m"],
    fires: ["2m15s"],
  },
  {
    rule: "CheckoutDatabaseAway",
    when: "it is away for a moment",
    series: { checkout_database_up: "1x4 0x2 1x20" },
    silent: ["1m45s", "3m"],
  },
  {
    rule: "CheckoutTossPayAway",
    when: "TossPay is away, and a buyer comes now and then",
    series: { [health("away")]: quietOutage, [health("well")]: "0x120" },
    silent: ["1m"],
    fires: ["3m", "15m"],
  },
  {
    rule: "CheckoutTossPayAway",
    when: "TossPay is well",
    series: { [health("away")]: "0x120", [health("well")]: "1x120" },
    silent: ["15m"],
  },
  {
    rule: "CheckoutOutcomesUnknown",
    when: "one in ten stays unknown",
    series: { [executions("Unknown")]: "0+1x200", [executions("Answered")]: "0+9x200" },
    silent: ["4m"],
    fires: ["7m"],
  },
  {
    rule: "CheckoutOutcomesUnknown",
    when: "one in twenty-five does",
    series: { [executions("Unknown")]: "0+1x200", [executions("Answered")]: "0+24x200" },
    silent: ["20m"],
  },
  {
    rule: "CheckoutOutcomesUnknown",
    when: "a single one does, in a quiet night",
    series: { [executions("Unknown")]: "0x80 1x200", [executions("Answered")]: "0x70 1x9 2x200" },
    silent: ["22m", "26m", "30m"],
  },
  {
    rule: "CheckoutUnfinishedForLong",
    when: "the oldest is left for longer than a day's questions take",
    series: { checkout_unfinished_oldest_seconds: "89000+15x200" },
    silent: ["15m"],
    fires: ["28m"],
  },
  {
    rule: "CheckoutRecoveryBehind",
    when: "more is due than is asked about in a minute",
    series: { checkout_due: "501x100" },
    silent: ["9m"],
    fires: ["11m"],
  },
  {
    rule: "CheckoutServerErrors",
    when: "two in a hundred fail",
    series: { [requests("5xx")]: "0+2x100", [requests("2xx")]: "0+98x100" },
    silent: ["4m"],
    fires: ["7m"],
  },
  {
    rule: "CheckoutServerErrors",
    when: "only the readiness probe does, or one request of a quiet night",
    series: {
      [requests("5xx", "/readyz")]: "0+2x100",
      [requests("5xx")]: "0x20 1x100",
      [requests("2xx")]: "0x16 1x8 2x100",
    },
    silent: ["6m", "8m", "20m"],
  },
  {
    rule: "CheckoutAppendsSlow",
    when: "five in a hundred statements take longer than half a second",
    series: {
      [bucket("0.25")]: "0+90x100",
      [bucket("0.5")]: "0+95x100",
      [bucket("1")]: "0+100x100",
      [bucket("+Inf")]: "0+100x100",
    },
    silent: ["9m"],
    fires: ["11m"],
  },
  {
    rule: "CheckoutAppendsSlow",
    when: "none does",
    series: { [bucket("0.25")]: "0+100x100", [bucket("0.5")]: "0+100x100", [bucket("+Inf")]: "0+100x100" },
    silent: ["20m"],
  },
  {
    rule: "CheckoutAppendsWaiting",
    when: "more than a hundred always wait",
    series: { checkout_appends_waiting: "150x100" },
    silent: ["4m"],
    fires: ["11m"],
  },
  {
    rule: "CheckoutAppendsWaiting",
    when: "there is a moment in which none does",
    series: { checkout_appends_waiting: Array.from({ length: 10 }, () => "150x8 0").join(" ") },
    silent: ["11m", "20m"],
  },
  {
    rule: "CheckoutCertificateExpiring",
    when: "one server's has thirteen days",
    series: {
      'checkout_tosspay_certificate_days{instance="a"}': "13x100",
      'checkout_tosspay_certificate_days{instance="b"}': "300x100",
    },
    silent: ["9m"],
    fires: ["11m"],
  },
  {
    rule: "CheckoutCertificateExpiring",
    when: "every server's has more than two weeks",
    series: { checkout_tosspay_certificate_days: "15x100" },
    silent: ["20m"],
  },
  {
    rule: "CheckoutFeedHeldBack",
    when: "a transaction stays open",
    series: { checkout_feed_held_back_seconds: "0+15x100" },
    silent: ["3m"],
    fires: ["4m"],
  },
  {
    rule: "CheckoutLogUnsealed",
    when: "nothing is sealed any more",
    series: { checkout_log_unsealed_seconds: "0+15x200" },
    silent: ["15m"],
    fires: ["25m"],
  },
  {
    rule: "CheckoutDeliveriesLate",
    when: "a subscription is not told for an hour",
    series: {
      'checkout_deliveries_oldest_seconds{subscription="webhook"}': "3500+15x200",
      'checkout_deliveries_oldest_seconds{subscription="other"}': "0x200",
    },
    silent: ["10m"],
    fires: ["20m"],
  },
  {
    rule: "CheckoutAlertOpen",
    when: "one is open",
    series: {
      'checkout_alerts_open{kind="mismatch"}': "0x8 1x40",
      'checkout_alerts_open{kind="books-differ"}': "0x48",
    },
    silent: ["2m"],
    fires: ["4m"],
  },
]

/** What Prometheus keeps of its own decisions. */
const firing = (rule: string, more = "") =>
  `count(ALERTS{alertname="${rule}",alertstate="firing"${more}}) or vector(0)`

const expression = (expr: string, eval_time: string, value: number) => ({
  expr,
  eval_time,
  exp_samples: [{ labels: "{}", value }],
})

const promtool = (tests: ReadonlyArray<object>) => {
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-rules-"))
  try {
    const file = join(folder, "test.yml")
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: "15s", tests }))
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" })
    return { status, said: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const inputOf = (series: Case["series"]) =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }))

describe("every alert rule", () => {
  it("has a case in which it fires, and a moment in which it does not", () => {
    const names = [...readFileSync(rules, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    for (const name of names) {
      const own = cases.filter(({ rule }) => rule === name)
      expect(own.flatMap(({ fires = [] }) => fires).length, name).toBeGreaterThan(0)
      expect(own.flatMap(({ silent = [] }) => silent).length, name).toBeGreaterThan(0)
    }
  })
})

describe.skipIf(!hasPromtool)("an alert rule wakes somebody when it should, and nobody else", () => {
  it.each(cases)("$rule: $when", ({ rule, series, fires = [], silent = [] }) => {
    const { status, said } = promtool([
      {
        interval: "15s",
        input_series: inputOf(series),
        promql_expr_test: [
          ...fires.map((at) => expression(firing(rule), at, 1)),
          ...silent.map((at) => expression(firing(rule), at, 0)),
        ],
      },
    ])
    expect(said).toContain("SUCCESS")
    expect(status).toBe(0)
  })

  it("CheckoutAlertOpen: money that may be wrong is worth waking somebody, the rest waits until morning", () => {
    const open = (kind: string) => ({ [`checkout_alerts_open{kind="${kind}"}`]: "1x40" })
    const { said } = promtool(
      [
        ["mismatch", "page"],
        ["outcome-unknown", "page"],
        ["chain-broken", "page"],
        ["certificate-expiring", "ticket"],
        ["dead-letters", "ticket"],
      ].map(([kind = "", severity]) => ({
        interval: "15s",
        input_series: inputOf(open(kind)),
        promql_expr_test: [
          expression(firing("CheckoutAlertOpen", `,kind="${kind}",severity="${severity}"`), "4m", 1),
        ],
      })),
    )
    expect(said).toContain("SUCCESS")
  })

  it("the tool notices a rule that does not fire", () => {
    const { said } = promtool([
      {
        interval: "15s",
        input_series: inputOf({ checkout_due: "1x100" }),
        promql_expr_test: [expression(firing("CheckoutRecoveryBehind"), "20m", 1)],
      },
    ])
    expect(said).toContain("FAILED")
  })
})
