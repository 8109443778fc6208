/** Every command of docs/auditing.md, in its order, on a payment whose answer was lost. */

import { execFile } from "node:child_process"
import { createPublicKey } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { pageOf } from "../package/page.ts"
import { type Ended, enteredAndInterrupted, interrupted, run } from "../support/cli.ts"
import { bareEnvironment } from "../support/environment.ts"
import { Shop, shop } from "../support/server.ts"
import { folder, json, patienceMs, pay } from "./auditing.ts"

const lines = pageOf("docs/auditing.md")
  .titled("")
  .flatMap(({ code }) => code.trim().split("\n"))

const aFreePort = Effect.promise(
  () =>
    new Promise<string>((found) => {
      const probe = createServer().listen(0, () => {
        const address = probe.address()
        probe.close(() => found(String(typeof address === "object" ? address?.port : 0)))
      })
    }),
)

/** What somebody keeps who has the key. */
const publicKeyIn = (file: string) =>
  createPublicKey(readFileSync(file)).export({ type: "spki", format: "pem" })

/** The auditor's programs, in the folder that they came in. */
const checked = (words: ReadonlyArray<string>, cwd: string) =>
  Effect.promise(() => promisify(execFile)(process.execPath, words, { cwd, env: bareEnvironment }))

const untilSealed = Effect.gen(function* () {
  const out = join(yield* folder, "checkpoints.jsonl")
  while ((yield* json("checkpoints", "--out", out)).events === 0) yield* Effect.sleep(100)
})

it.live(
  "each command of the page on auditing does what the page says",
  () =>
    Effect.gen(function* () {
      const { env, simulatorUrl } = yield* Shop
      yield* Effect.promise(() =>
        fetch(`${simulatorUrl}/simulator/faults`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ call: "execute-payment", fault: "replyLostAfter" }),
        }),
      )
      const { orderId } = yield* pay("audited", { amount: 9_000 })
      yield* untilSealed
      const out = yield* folder
      writeFileSync(join(out, "public-key.pem"), publicKeyIn(join(env["DATA_DIR"] ?? "", "checkpoint.key")))
      const port = yield* aFreePort
      let cursor = ""
      const said: Record<string, Ended> = {}
      for (const line of lines) {
        const [program, ...rest] = line.split(" ")
        const words = rest.map((word, nth) =>
          word === "$ORDER"
            ? orderId
            : word === "$CURSOR"
              ? cursor
              : /^bundle$|\.jsonl$/.test(word) && rest[nth - 1]?.startsWith("--")
                ? join(out, word)
                : word,
        )
        if (program === "node") {
          const { stdout } = yield* checked(words, join(out, "bundle"))
          said[line] = { code: 0, out: stdout, err: "" }
        } else {
          expect(program, line).toBe("tosspay-checkout")
          said[line] = words.includes("--step")
            ? yield* enteredAndInterrupted(2, env, ...words, "--port", port)
            : words.includes("--live")
              ? yield* interrupted(env, ...words, "--port", port)
              : yield* run(env, ...words)
        }
        cursor = /go on with --after (\S+)/.exec(said[line].err)?.[1] ?? cursor
      }
      const codeOf = (line: string) =>
        line.includes("inspect") ? 130 : line.includes("--as-of 2026") ? 1 : 0
      for (const line of lines)
        expect({ line, code: said[line]?.code, err: said[line]?.err }).toMatchObject({
          line,
          code: codeOf(line),
        })
      const saidBy = (part: string) => said[lines.find((line) => line.includes(part)) ?? ""]?.out
      expect(saidBy("audit list")).toContain(orderId)
      expect(saidBy("audit show")).toContain("CONNECTION_LOST")
      expect(saidBy("--as-of 3")).not.toContain("CONNECTION_LOST")
      expect(saidBy("--step")?.trim().split("\n")).toHaveLength(2)
      expect(saidBy("verify.mjs")).toMatch(/^genuine/)
      expect(saidBy("verify-seal.mjs")).toMatch(/^sealed/)
      expect(saidBy("--checkpoints")).toMatch(/^the log is in order[\s\S]*compared with \d+ checkpoints/)
      expect(readFileSync(join(out, "january.jsonl"), "utf8").trim().split("\n").length).toBeGreaterThan(4)
      expect(readFileSync(join(out, "february.jsonl"), "utf8")).toBe("")
    }).pipe(Effect.scoped, Effect.provide(shop({ CHECKPOINT_INTERVAL_MS: "1000" }))),
  patienceMs,
)
