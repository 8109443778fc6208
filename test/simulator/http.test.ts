import { connect } from "node:net"
import { expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { describe } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { anOrder, countingIds, headersOf } from "./support.ts"

// biome-ignore lint/suspicious/noExplicitAny: the body of a reply is whatever the simulator wrote
type Json = any

const server = simulatorServer()
const prefix = "/api-partner/v1/apps-in-toss/pay"

const http = Effect.fnUntraced(function* (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) {
  const { partnerUrl } = yield* SimulatorAddress
  const reply = yield* Effect.promise(() =>
    fetch(`${partnerUrl}${path}`, {
      method,
      headers: headers ?? {},
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  )
  const text = yield* Effect.promise(() => reply.text())
  const json = (): Json => JSON.parse(text)
  return { status: reply.status, headers: reply.headers, text, json }
})

const call = (name: string, body: unknown) => http("POST", `${prefix}/${name}`, body, headersOf())
const make = (changes?: Record<string, unknown>) =>
  Effect.map(call("make-payment", anOrder(changes)), (reply): string => reply.json().success.payToken)
const approve = (payToken: string) => http("POST", `/sheet/${payToken}`, { action: "approve" })
const executeBody = (payToken: string) => ({ payToken, orderNo: "order-1", isTestPayment: true })
const ledger = Effect.map(
  http("GET", "/simulator/ledger"),
  (reply): ReadonlyArray<Json> => reply.json().ledger,
)
const switchOn = (fault: object) => http("POST", "/simulator/faults", fault)

/** What comes back on a bare connection until it ends, and how it ended. */
const raw = Effect.fnUntraced(function* (name: string, body: unknown) {
  const { partnerUrl } = yield* SimulatorAddress
  return yield* Effect.promise(
    () =>
      new Promise<{ text: string; closed: boolean }>((resolve) => {
        let text = ""
        const json = JSON.stringify(body)
        const socket = connect(Number(new URL(partnerUrl).port), "127.0.0.1")
        socket.on("data", (chunk) => {
          text += chunk.toString()
        })
        socket.on("error", () => {}).on("close", () => resolve({ text, closed: true }))
        const head = Object.entries(headersOf()).map(([name, value]) => `${name}: ${value}\r\n`)
        socket.write(
          `POST ${prefix}/${name} HTTP/1.1\r\nhost: x\r\n${head.join("")}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
        )
      }),
  )
})

describe("the partner API over HTTP", () => {
  it.live("a whole payment: made, approved on the sheet, executed, asked for, refunded", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      expect((yield* approve(payToken)).json()).toEqual({ payStatus: "PAY_APPROVED" })
      expect((yield* call("execute-payment", executeBody(payToken))).json()).toMatchObject({
        resultType: "SUCCESS",
        success: { code: 0, amount: 4_500, mode: "TEST" },
      })
      expect((yield* call("get-payment-status", executeBody(payToken))).json().success.payStatus).toBe(
        "PAY_COMPLETE",
      )
      const refund = { payToken, reason: "단순변심", isTestPayment: true }
      expect((yield* call("refund-payment", refund)).json().success.refundableAmount).toBe(0)
      expect((yield* ledger).map((entry) => [entry.kind, entry.amount])).toEqual([
        ["charge", 4_500],
        ["refund", 4_500],
      ])
    }).pipe(Effect.provide(server)),
  )

  it.live("replies are JSON in UTF-8 with the documented HTTP statuses", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const refusal = yield* call("execute-payment", executeBody(payToken))
      expect([refusal.status, refusal.headers.get("content-type")]).toEqual([
        200,
        "application/json;charset=UTF-8",
      ])
      expect((yield* call("make-payment", anOrder({ amount: "4500" }))).status).toBe(400)
      expect((yield* call("get-payment-status", executeBody("nobody"))).status).toBe(404)
      expect((yield* call("make-payment", "{")).status).toBe(400)
    }).pipe(Effect.provide(server)),
  )

  it.live("every call is POST, and there are no other calls", () =>
    Effect.gen(function* () {
      for (const name of ["make-payment", "execute-payment", "get-payment-status", "refund-payment"]) {
        for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
          expect((yield* http(method, `${prefix}/${name}`)).status).toBe(405)
        }
      }
      expect((yield* call("cancel-payment", {})).status).toBe(404)
    }).pipe(Effect.provide(server)),
  )

  it.live("a body beyond all reason is refused", () =>
    Effect.gen(function* () {
      const reply = yield* call("make-payment", anOrder({ productDesc: "x".repeat(1_000_000) }))
      expect(reply.status).toBe(413)
    }).pipe(Effect.provide(server)),
  )

  it.live("a call that breaks off in the middle of its body does not happen, and hurts nobody", () =>
    Effect.gen(function* () {
      const { partnerUrl } = yield* SimulatorAddress
      yield* Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            const socket = connect(Number(new URL(partnerUrl).port), "127.0.0.1")
            const head = Object.entries(headersOf()).map(([name, value]) => `${name}: ${value}\r\n`)
            const half = JSON.stringify(anOrder())
            socket.write(
              `POST ${prefix}/make-payment HTTP/1.1\r\nhost: x\r\n${head.join("")}content-length: 5000\r\n\r\n${half}`,
              () => socket.destroy(),
            )
            socket.on("close", () => resolve())
          }),
      )
      expect((yield* http("GET", "/simulator/payments")).json()).toEqual({ payments: [] })
      expect((yield* call("make-payment", anOrder())).status).toBe(200)
    }).pipe(Effect.provide(server)),
  )

  it.live("an accident inside is an INTERNAL_ERROR with HTTP 500, and the simulator goes on", () =>
    Effect.gen(function* () {
      yield* make()
      const reply = yield* call("make-payment", anOrder({ orderNo: "order-2" }))
      expect([reply.status, reply.json().resultType]).toEqual([500, "INTERNAL_ERROR"])
      expect((yield* call("get-payment-status", executeBody("the-same"))).status).toBe(200)
    }).pipe(
      Effect.provide(simulatorServer({ ids: { ...countingIds(), payToken: () => "the-same" } })),
      Effect.provide(Logger.layer([])),
    ),
  )

  it.live("of a hundred executes at once one charges the buyer", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* approve(payToken)
      const replies = yield* Effect.all(
        Array.from({ length: 100 }, () => call("execute-payment", executeBody(payToken))),
        { concurrency: "unbounded" },
      )
      expect(replies.filter((reply) => reply.json().resultType === "SUCCESS").length).toBe(1)
      expect((yield* ledger).length).toBe(1)
    }).pipe(Effect.provide(server)),
  )
})

describe("faults over HTTP", () => {
  it.live.each([
    ["replyLostBefore", 0],
    ["replyLostAfter", 1],
  ] as const)("%s ends the connection without a byte; charges: %i", ([fault, charges]) =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* approve(payToken)
      yield* switchOn({ call: "execute-payment", fault })
      expect(yield* raw("execute-payment", executeBody(payToken))).toEqual({ text: "", closed: true })
      expect((yield* ledger).length).toBe(charges)
    }).pipe(Effect.provide(server)),
  )

  it.live.each<[string, object, number, number, string]>([
    ["http503", {}, 503, 0, "<html>"],
    ["http503", { charged: true }, 503, 1, "<html>"],
    ["http404", { charged: true }, 404, 1, "<html>"],
    ["http429", { retryAfterSeconds: 3 }, 429, 0, '"retryAfterSeconds":3'],
    ["unreadable", {}, 200, 1, "<!doctype html>"],
    ["wrongAmount", {}, 200, 1, '"amount":4501'],
    ["wrongMode", {}, 200, 1, '"mode":"LIVE"'],
    ["wrongOrderNo", {}, 200, 1, '"orderNo":"order-0"'],
    ["wrongPayToken", { value: "other" }, 200, 1, '"payToken":"other"'],
    ["resultType", { value: "NETWORK_ERROR", charged: true }, 200, 1, '"resultType":"NETWORK_ERROR"'],
    ["resultType", { value: "INTERRUPTED", charged: false }, 200, 0, '"resultType":"INTERRUPTED"'],
    ["errorCode", { value: "COMMON_TIMEOUT" }, 200, 0, '"errorCode":"COMMON_TIMEOUT"'],
    ["slow", { delayMs: 20 }, 200, 1, '"resultType":"SUCCESS"'],
    ["late", { delayMs: 20 }, 200, 1, '"resultType":"SUCCESS"'],
  ])("%s %j: HTTP %i; charges: %i", ([fault, more, status, charges, said]) =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* approve(payToken)
      yield* switchOn({ call: "execute-payment", fault, ...more })
      const reply = yield* call("execute-payment", executeBody(payToken))
      expect(reply.status).toBe(status)
      expect(reply.text).toContain(said)
      expect((yield* ledger).length).toBe(charges)
    }).pipe(Effect.provide(server)),
  )

  it.live("a server that is told to stop does not wait for a slow reply", () =>
    Effect.gen(function* () {
      const heard = yield* Effect.gen(function* () {
        yield* switchOn({ call: "make-payment", fault: "slow", delayMs: 3_600_000 })
        const { partnerUrl } = yield* SimulatorAddress
        const reply = fetch(`${partnerUrl}${prefix}/make-payment`, {
          method: "POST",
          headers: headersOf(),
          body: JSON.stringify(anOrder()),
        }).then(
          () => "answered",
          () => "cut off",
        )
        // The order is on the books as soon as the slow call has reached the bank.
        while ((yield* http("GET", "/simulator/payments")).json().payments.length === 0)
          yield* Effect.yieldNow
        return reply
      }).pipe(Effect.provide(server))
      expect(yield* Effect.promise(() => heard)).toBe("cut off")
    }),
  )
})

describe("controls", () => {
  it.live("faults are switched on, listed and switched off", () =>
    Effect.gen(function* () {
      const fault = { call: "make-payment", fault: "slow", delayMs: 5, times: "always", orderNo: "order-9" }
      expect((yield* switchOn(fault)).json()).toEqual({ faults: [fault] })
      expect((yield* http("GET", "/simulator/faults")).json()).toEqual({ faults: [fault] })
      expect((yield* http("DELETE", "/simulator/faults")).json()).toEqual({ faults: [] })
    }).pipe(Effect.provide(server)),
  )

  it.live.each<[string, string, unknown]>([
    ["POST", "/simulator/faults", { call: "make-payment", fault: "explode" }],
    ["POST", "/simulator/faults", { call: "make-payment", fault: "wrongAmount" }],
    ["POST", "/simulator/faults", "{"],
    ["PUT", "/simulator/settings", { repeatedExecute: "perhaps" }],
    ["PUT", "/simulator/settings", { lapseAfterMs: 0 }],
    ["PUT", "/simulator/settings", { refundsPerDay: -1 }],
    ["POST", "/sheet/nobody", { action: "steal" }],
    ["POST", "/sheet/nobody", { action: "approve", discount: -1 }],
    ["POST", "/sheet/nobody", { action: "approve", method: "CASH" }],
    ["POST", "/simulator/payments/nobody/status", { payStatus: "DONE" }],
    ["POST", "/simulator/payments/nobody/refund", { amount: 0 }],
    ["POST", "/simulator/payments/nobody/refund", { amount: 0.5 }],
  ])("%s %s refuses %j with a reason", ([method, path, body]) =>
    Effect.gen(function* () {
      const reply = yield* http(method, path, body)
      expect(reply.status).toBe(400)
      expect(reply.json()).toEqual({ reason: "INVALID_REQUEST", detail: expect.any(String) })
    }).pipe(Effect.provide(server)),
  )

  it.live("a fault that there is not is refused with the names of all that there are", () =>
    Effect.gen(function* () {
      const { detail } = (yield* switchOn({ call: "execute-payment", fault: "explode" })).json()
      const named = [...String(detail).matchAll(/"fault": "(\w+)"/g)].map(([, name]) => name)
      expect(named.join(" ")).toBe(
        "replyLostBefore replyLostAfter slow late http503 http404 http429 unreadable wrongAmount wrongMode " +
          "wrongOrderNo wrongPayToken resultType errorCode",
      )
    }).pipe(Effect.provide(server)),
  )

  it.live("settings are read, and changed one by one", () =>
    Effect.gen(function* () {
      const settings = {
        repeatedExecute: "reject",
        repeatedRefund: "reject",
        lapseAfterMs: 900_000,
        refundTakesMs: 0,
        refundsPerDay: null,
        inactiveUsers: [],
      }
      expect((yield* http("GET", "/simulator/settings")).json()).toEqual(settings)
      const changed = yield* http("PUT", "/simulator/settings", { repeatedExecute: "charge" })
      expect(changed.json()).toEqual({ ...settings, repeatedExecute: "charge" })
      const payToken = yield* make()
      yield* approve(payToken)
      yield* call("execute-payment", executeBody(payToken))
      yield* call("execute-payment", executeBody(payToken))
      expect((yield* ledger).map((entry) => entry.kind)).toEqual(["charge", "charge"])
    }).pipe(Effect.provide(server)),
  )

  it.live("a status is moved along the graph, and nowhere else", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const move = (payStatus: string) =>
        http("POST", `/simulator/payments/${payToken}/status`, { payStatus })
      expect((yield* move("PAY_APPROVED")).json()).toEqual({ payStatus: "PAY_APPROVED" })
      expect((yield* move("PAY_PROGRESS")).json()).toEqual({ payStatus: "PAY_PROGRESS" })
      const refused = yield* move("REFUND_SUCCESS")
      expect([refused.status, refused.json()]).toEqual([
        409,
        { reason: "WRONG_STATUS", payStatus: "PAY_PROGRESS" },
      ])
      expect(yield* ledger).toEqual([])
      const unknown = yield* http("POST", "/simulator/payments/nobody/status", { payStatus: "PAY_CANCEL" })
      expect([unknown.status, unknown.json()]).toEqual([404, { reason: "UNKNOWN_PAY_TOKEN" }])
    }).pipe(Effect.provide(server)),
  )

  it.live(
    "a refund is made on the dashboard, of a part or of what is left, once, and is told of in the ledger",
    () =>
      Effect.gen(function* () {
        const payToken = yield* make()
        yield* approve(payToken)
        yield* call("execute-payment", executeBody(payToken))
        const refunded = (body?: object) => http("POST", `/simulator/payments/${payToken}/refund`, body)
        expect((yield* refunded({ amount: 1 })).json()).toEqual({ payStatus: "REFUND_SUCCESS" })
        expect((yield* refunded()).json()).toEqual({ payStatus: "REFUND_SUCCESS" })
        const again = yield* refunded()
        expect([again.status, again.json()]).toEqual([
          409,
          { reason: "REFUND_ALREADY_REFUNDED", payStatus: "REFUND_SUCCESS" },
        ])
        expect((yield* ledger).map(({ kind, madeBy }) => [kind, madeBy])).toEqual([
          ["charge", "shop"],
          ["refund", "dashboard"],
          ["refund", "dashboard"],
        ])
        expect((yield* http("POST", "/simulator/payments/nobody/refund")).status).toBe(404)
      }).pipe(Effect.provide(server)),
  )

  it.live("payments and ledger are listed with their times in ISO 8601", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* approve(payToken)
      yield* call("execute-payment", executeBody(payToken))
      const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      const [payment] = (yield* http("GET", "/simulator/payments")).json().payments
      expect(payment).toMatchObject({ payToken, payStatus: "PAY_COMPLETE", createdAt: iso, expiresAt: iso })
      expect(payment.history.at(-1)).toEqual({ payStatus: "PAY_COMPLETE", at: iso })
      expect(yield* ledger).toEqual([
        {
          kind: "charge",
          payToken,
          orderNo: "order-1",
          mode: "TEST",
          amount: 4_500,
          paidAmount: 4_500,
          discountedAmount: 0,
          transactionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          refundNo: null,
          madeBy: "shop",
          at: iso,
        },
      ])
    }).pipe(Effect.provide(server)),
  )
})

describe("the sheet over HTTP", () => {
  it.live("tells what is to be paid", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const payment = (yield* http("GET", `/sheet/${payToken}/payment`)).json()
      expect(payment).toEqual({
        payToken,
        orderNo: "order-1",
        productDesc: "아메리카노",
        amount: 4_500,
        payStatus: "PAY_STANDBY",
        mode: "TEST",
        expiresAt: expect.stringMatching(/Z$/),
      })
    }).pipe(Effect.provide(server)),
  )

  it.live("close leaves, decline ends, and an ended payment cannot be approved", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const act = (action: string) => http("POST", `/sheet/${payToken}`, { action })
      expect((yield* act("close")).json()).toEqual({ payStatus: "PAY_STANDBY" })
      expect((yield* act("decline")).json()).toEqual({ payStatus: "PAY_CANCEL" })
      const refused = yield* act("approve")
      expect([refused.status, refused.json()]).toEqual([
        409,
        { reason: "WRONG_STATUS", payStatus: "PAY_CANCEL" },
      ])
    }).pipe(Effect.provide(server)),
  )

  it.live("an unknown token is 404 everywhere", () =>
    Effect.gen(function* () {
      expect((yield* http("GET", "/sheet/nobody")).status).toBe(404)
      expect((yield* http("GET", "/sheet/nobody/payment")).json()).toEqual({ reason: "UNKNOWN_PAY_TOKEN" })
      expect((yield* approve("nobody")).json()).toEqual({ reason: "UNKNOWN_PAY_TOKEN" })
    }).pipe(Effect.provide(server)),
  )

  it.live("is a page with product, amount and three buttons that loads nothing from elsewhere", () =>
    Effect.gen(function* () {
      const payToken = yield* make({ productDesc: "커피 <script>alert(1)</script> & 빵", amount: 1_234_500 })
      const page = yield* http("GET", `/sheet/${payToken}`)
      expect(page.status).toBe(200)
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8")
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'")
      expect(page.text).toContain("커피 &#60;script&#62;alert(1)&#60;/script&#62; &#38; 빵")
      expect(page.text).toContain("1,234,500원")
      for (const id of ["approve", "close", "decline"]) expect(page.text).toContain(`<button id="${id}"`)
      expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//)
    }).pipe(Effect.provide(server)),
  )

  it.live("is open to every origin, as the controls are; the partner API is open to none", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const origin = { origin: "https://demo.example" }
      const asked = {
        ...origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      }
      const allowed = (reply: { headers: Headers }) => reply.headers.get("access-control-allow-origin")
      for (const path of [
        `/sheet/${payToken}`,
        `/sheet/${payToken}/payment`,
        "/sheet/nobody",
        "/simulator/ledger",
      ]) {
        expect(allowed(yield* http("GET", path, undefined, origin))).toBe("*")
      }
      expect(allowed(yield* http("POST", `/sheet/${payToken}`, "{", origin))).toBe("*")
      for (const path of [`/sheet/${payToken}`, "/simulator/faults", "/simulator/settings"]) {
        const preflight = yield* http("OPTIONS", path, undefined, asked)
        expect([preflight.status, allowed(preflight)]).toEqual([204, "*"])
        expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type")
        expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT")
      }
      const partner = yield* http("OPTIONS", `${prefix}/make-payment`, undefined, asked)
      expect([partner.status, allowed(partner)]).toEqual([405, null])
      const made = yield* http("POST", `${prefix}/make-payment`, anOrder({ orderNo: "order-2" }), {
        ...headersOf(),
        ...origin,
      })
      expect([made.status, allowed(made)]).toEqual([200, null])
    }).pipe(Effect.provide(server)),
  )
})

describe("the simulator as a server", () => {
  it.live("is healthy, and its front page links every sheet and lists faults and ledger", () =>
    Effect.gen(function* () {
      expect((yield* http("GET", "/healthz")).json()).toEqual({ ok: true })
      const payToken = yield* make({ productDesc: "<b>굵은 커피</b>" })
      yield* approve(payToken)
      yield* call("execute-payment", executeBody(payToken))
      yield* switchOn({ call: "refund-payment", fault: "replyLostAfter" })
      const page = yield* http("GET", "/")
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8")
      expect(page.text).toContain(`<a href="/sheet/${payToken}">`)
      expect(page.text).toContain("&#60;b&#62;굵은 커피&#60;/b&#62;")
      expect(page.text).toContain("<td>charge</td>")
      expect(page.text).toContain("<td>replyLostAfter</td>")
      expect(page.text).toContain('http-equiv="refresh"')
    }).pipe(Effect.provide(server)),
  )

  it.live("listens on 127.0.0.1 and a free port unless told otherwise; two of them do not meet", () =>
    Effect.gen(function* () {
      const first = yield* SimulatorAddress
      const second = yield* Effect.provide(SimulatorAddress, simulatorServer(), { local: true })
      expect(first.partnerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(first.controlUrl).toBe(first.partnerUrl)
      expect(second.partnerUrl).not.toBe(first.partnerUrl)
    }).pipe(Effect.provide(server)),
  )

  it.live("says in one line that its port is taken", () =>
    Effect.gen(function* () {
      const { partnerUrl } = yield* SimulatorAddress
      const port = Number(new URL(partnerUrl).port)
      const error = yield* Effect.flip(
        Effect.provide(SimulatorAddress, simulatorServer({ port }), { local: true }),
      )
      expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 3 })
      expect(error.reason).toBe(
        `port ${port} on 127.0.0.1 cannot be listened on: something else is running there`,
      )
    }).pipe(Effect.provide(server)),
  )
})
