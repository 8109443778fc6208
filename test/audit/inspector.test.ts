import { createServer } from "node:net"
import { describe, it } from "@effect/vitest"
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect"
import { Effect, Fiber } from "effect"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { isSampled, openInspector, replayHistory, watchLive } from "../../server/audit/inspector.ts"
import { readCheckout } from "../../server/audit/read.ts"
import { enteredAndInterrupted, run } from "../support/cli.ts"
import { Shop, shop } from "../support/server.ts"

const pay = (as: string) =>
  Effect.gen(function* () {
    const { call, sheet } = yield* Shop
    const { body } = yield* call(
      "POST",
      "/api/payment/create",
      { amount: 5_000, reference: "shop-1" },
      { as },
    )
    yield* sheet(body.payToken, "approve")
    yield* call("POST", "/api/payment/execute", { payToken: body.payToken }, { as })
    return body as { readonly orderId: string; readonly payToken: string }
  })

const aFreePort = Effect.promise(
  () =>
    new Promise<number>((found) => {
      const probe = createServer().listen(0, () => {
        const address = probe.address()
        probe.close(() => found(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
)

/** What the inspector package's own receiver hears at this port. */
const receive = (port: number) => {
  const heard: Array<StatelyInspectionEvent> = []
  createWebSocketReceiver({ server: `ws://127.0.0.1:${port}` }).subscribe((event) => void heard.push(event))
  return {
    heard,
    /** Waits for so many. */
    until: (count: number) =>
      Effect.gen(function* () {
        while (heard.length < count) yield* Effect.sleep(5)
      }),
  }
}

/** The states that a viewer sees, in order. */
const statesIn = (heard: ReadonlyArray<StatelyInspectionEvent>) =>
  heard.flatMap((event) =>
    event.type === "@xstate.snapshot" ? [JSON.stringify((event.snapshot as { value?: unknown }).value)] : [],
  )

const asValue = (path: string) => {
  const [state = "", substate] = path.split(".")
  return JSON.stringify({ [state]: substate })
}

const expectNoSecrets = (heard: unknown, secrets: ReadonlyArray<string | null | undefined>) => {
  const text = JSON.stringify(heard)
  for (const secret of secrets) if (secret != null) expect(text).not.toContain(secret)
}

describe("the inspector", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect(
      "shows a recorded history row by row to the package's own receiver, without what is secret",
      () =>
        Effect.gen(function* () {
          const { orderId, payToken } = yield* pay("inspected-user")
          const { checkout, events } = yield* readCheckout(orderId)
          const port = yield* aFreePort
          const inspecting = yield* openInspector(port)
          const gaps: Array<number> = []
          yield* replayHistory(inspecting, orderId, events, (_, gapMs) =>
            Effect.sync(() => void gaps.push(gapMs)),
          )
          yield* inspecting.arrived
          const { heard, until } = receive(port)
          yield* until(1 + 2 * events.length)
          const [actor] = heard
          if (actor?.type !== "@xstate.actor") return expect.fail("the actor comes first")
          expect(JSON.parse(actor.definition ?? "")).toMatchObject({
            id: orderId,
            states: { executing: { initial: "calling" } },
          })
          expect(
            heard.flatMap((event) => (event.type === "@xstate.event" ? [event.event.type] : [])),
          ).toEqual(events.map(({ type }) => type))
          expect(statesIn(heard)).toEqual(events.map(({ to }) => asValue(to)))
          expect(gaps).toEqual(
            events.map(
              ({ recordedAt }, index) =>
                Date.parse(recordedAt) - Date.parse(events[Math.max(index - 1, 0)]?.recordedAt ?? ""),
            ),
          )
          const answers = events.flatMap(
            ({ data }) => (data as { answer?: { instrument?: string; transactionId?: string } }).answer ?? [],
          )
          expectNoSecrets(heard, [
            "inspected-user",
            payToken,
            checkout.payer,
            ...answers.flatMap((one) => [one.instrument, one.transactionId]),
          ])
        }),
    )

    it.effect("shows live traffic as it happens, also of a checkout that it meets half way", () =>
      Effect.gen(function* () {
        const { call, sheet } = yield* Shop
        const early = (yield* call("POST", "/api/payment/create", { amount: 700 }, { as: "early" })).body
        const port = yield* aFreePort
        const inspecting = yield* openInspector(port)
        const { heard, until } = receive(port)
        const watching = yield* Effect.forkScoped(watchLive(inspecting, 1, () => Effect.void))
        // Whoever comes after is heard; one that comes too early is not, so there is one until one is.
        while (heard.length === 0) {
          yield* call("POST", "/api/payment/create", { amount: 100 }, { as: "probe" })
          yield* Effect.sleep(20)
        }
        yield* sheet(early.payToken, "approve")
        yield* call("POST", "/api/payment/execute", { payToken: early.payToken }, { as: "early" })
        const { checkout, events } = yield* readCheckout(early.orderId)
        const its = () => heard.filter(({ sessionId }) => sessionId === checkout.checkoutId)
        while (its().length < 1 + 2 * (events.length - 2)) yield* until(heard.length + 1)
        expect(statesIn(its())).toEqual(events.slice(2).map(({ to }) => asValue(to)))
        expectNoSecrets(heard, [early.payToken, checkout.payer])
        yield* Fiber.interrupt(watching)
      }),
    )

    it.effect(
      "is a command, which ends with the history if it is asked to",
      () =>
        Effect.gen(function* () {
          const { orderId, payToken } = yield* pay("commander")
          const { env } = yield* Shop
          const port = String(yield* aFreePort)
          const { code, out } = yield* run(
            env,
            "inspect",
            orderId,
            "--port",
            port,
            "--speed",
            "1000",
            "--exit",
            "--json",
          )
          const { events } = yield* readCheckout(orderId)
          expect(code).toBe(0)
          expect(
            out
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line).type),
          ).toEqual(events.map(({ type }) => type))
          expect(out).not.toContain(payToken)
          expect((yield* run(env, "inspect", orderId, "--live")).code).toBe(2)
          expect(yield* run(env, "inspect", orderId, "--port", "65536")).toMatchObject({
            code: 2,
            err: "tosspay-checkout: --port must be 1 to 65535\n",
          })
        }),
      300_000,
    )
  })

  it.live(
    "goes one step with every Enter, and none by itself",
    () =>
      Effect.gen(function* () {
        const { orderId } = yield* pay("stepper")
        const { env } = yield* Shop
        const port = String(yield* aFreePort)
        const { code, out } = yield* enteredAndInterrupted(
          3,
          env,
          "inspect",
          orderId,
          "--step",
          "--port",
          port,
          "--json",
        )
        expect([
          code,
          out
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line).version),
        ]).toEqual([130, [1, 2, 3]])
      }).pipe(Effect.provide(shop())),
    300_000,
  )

  it.live("says so when its port is taken", () =>
    Effect.gen(function* () {
      const port = yield* aFreePort
      yield* openInspector(port)
      const { reason, exitCode } = yield* Effect.flip(openInspector(port))
      expect([exitCode, reason]).toEqual([3, expect.stringContaining(`--port ${port}`)])
    }).pipe(Effect.scoped),
  )

  it("takes about the part of all checkouts that it is asked for, and of more parts never fewer", () => {
    const taken = (sample: number) =>
      Array.from({ length: 2_000 }, (_, nth) => `checkout-${nth}`).filter((id) => isSampled(id, sample))
        .length / 2_000
    expect([taken(1), taken(0)]).toEqual([1, 0])
    expect(taken(0.1)).toBeCloseTo(0.1, 1)
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (id, a, b) => !isSampled(id, Math.min(a, b)) || isSampled(id, Math.max(a, b)),
      ),
      { seed: inject("seed") },
    )
  })
})
