import { spawnSync } from "node:child_process"
import { createPublicKey, generateKeyPairSync } from "node:crypto"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { expect, inject } from "vitest"
import { unread } from "../support/cli.ts"
import { bareEnvironment } from "../support/environment.ts"
import { Database, Shop, shop } from "../support/server.ts"
import { audit, feed, folder, json, patienceMs, pay, token } from "./auditing.ts"

describe("audit, into files", () => {
  it.layer(shop({ ADMIN_TOKEN: token, CHECKPOINT_INTERVAL_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect(
        "exports the whole feed: as it is, as a table, and as Parquet that reads back the same",
        () =>
          Effect.gen(function* () {
            yield* pay("exporter", { amount: 1_000 })
            const out = yield* folder
            const events = yield* feed
            const { out: lines } = yield* audit("export")
            expect(
              lines
                .trim()
                .split("\n")
                .map((line) => JSON.parse(line)),
            ).toEqual(events)

            const file = join(out, "events.parquet")
            expect(yield* json("export", "--format", "parquet", "--out", file)).toMatchObject({
              events: events.length,
            })
            const rows = yield* Effect.promise(async () =>
              parquetReadObjects({ file: await asyncBufferFromFile(file) }),
            )
            expect(
              rows.map((row) => ({ ...row, recordedAt: (row["recordedAt"] as Date).toISOString() })),
            ).toEqual(events)

            const { out: table } = yield* audit("export", "--format", "csv")
            const [head, ...records] = table.trim().split("\n")
            expect(head).toBe(Object.keys(events[0] ?? {}).join(","))
            expect(records).toHaveLength(events.length)
            expect(readdirSync(out)).toEqual(["events.parquet"])

            const folderOut = yield* audit("export", "--out", out)
            expect([folderOut.code, folderOut.err]).toEqual([2, expect.stringContaining("is a folder")])
            const pipe = join(out, "pipe")
            spawnSync("mkfifo", [pipe])
            const pipeOut = yield* audit("export", "--format", "csv", "--force", "--out", pipe)
            expect([pipeOut.code, pipeOut.err]).toEqual([
              2,
              expect.stringContaining("is a device or the like"),
            ])
            const { env } = yield* Shop
            expect(yield* unread(env, "audit", "export")).toEqual({ code: 0, out: "", err: "" })
            const full = spawnSync(
              "sh",
              ["-c", '"$0" "$1" audit export > /dev/full', process.execPath, inject("program")],
              {
                env: { ...bareEnvironment, ...env },
                encoding: "utf8",
              },
            )
            expect([full.status, full.stderr]).toEqual([
              3,
              expect.stringContaining("standard output cannot be"),
            ])

            const byName = join(out, "events.csv")
            expect(yield* json("export", "--out", byName)).toMatchObject({ format: "csv" })
            expect(readFileSync(byName, "utf8").split("\n")[0]).toBe(head)
            for (const [words, why] of [
              [["--out", byName], "--force"],
              [["--out", byName, "--force", "--format", "jsonl"], "contradicts"],
              [["--out", join(out, "events.xlsx")], "--format"],
            ] as const) {
              const refused = yield* audit("export", ...words)
              expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(why)])
            }
            expect(yield* json("export", "--out", byName, "--force")).toMatchObject({ format: "csv" })

            const middle = String(events[2]?.["cursor"])
            const rest = join(out, "rest.jsonl")
            const { cursor } = yield* json("export", "--after", middle, "--out", rest)
            expect(cursor).toBe(events.at(-1)?.["cursor"])
            expect(readFileSync(rest, "utf8").trim().split("\n")).toHaveLength(events.length - 3)
          }),
        patienceMs,
      )

      it.effect(
        "bundles a checkout so that anybody can check it, and any change is found",
        () =>
          Effect.gen(function* () {
            const { orderId } = yield* pay("bundled", { amount: 2_000 })
            const { env } = yield* Shop
            const sql = yield* Database
            const isSealed = Effect.promise(
              () => sql`
              SELECT FROM checkpoint p, checkout c JOIN checkout_event e USING (checkout_id)
               WHERE c.order_id = ${orderId} AND p.feed_position >= e.feed_position`,
            )
            yield* Effect.repeat(isSealed, { until: (found) => found.length > 0 })
            const at = join(yield* folder, "bundle")
            const { files } = yield* json("bundle", orderId, "--out", at)
            expect(readdirSync(at).sort()).toEqual([...files].sort())
            const checkSeal = (...key: ReadonlyArray<string>) =>
              spawnSync(process.execPath, [join(at, "verify-seal.mjs"), ...key], { encoding: "utf8" })
            const check = (...words: ReadonlyArray<string>) => {
              const { status, stdout } = spawnSync(process.execPath, [join(at, "verify.mjs"), ...words], {
                encoding: "utf8",
              })
              return { status, stdout }
            }
            expect(check()).toMatchObject({
              status: 0,
              stdout: expect.stringContaining(`of ${orderId} end in settled.paid`),
            })
            const { lastHash } = JSON.parse(readFileSync(join(at, "proof.json"), "utf8"))
            expect(check(lastHash).status).toBe(0)
            expect(check("0".repeat(64)).status).toBe(1)

            const keyFile = join(at, "..", "public.pem")
            const sealKey = createPublicKey(readFileSync(join(String(env["DATA_DIR"]), "checkpoint.key")))
            writeFileSync(keyFile, sealKey.export({ type: "spki", format: "pem" }))
            expect(checkSeal(keyFile)).toMatchObject({
              status: 0,
              stdout: expect.stringMatching(/^sealed: version \d+, by/),
            })
            writeFileSync(
              keyFile,
              generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }),
            )
            expect(checkSeal(keyFile).status).toBe(1)

            expect(checkSeal()).toMatchObject({ status: 2, stderr: expect.stringContaining("usage:") })
            expect(checkSeal(join(at, "README.md"))).toMatchObject({
              status: 2,
              stderr: expect.stringMatching(/is no public key in PEM .*\n$/),
            })
            for (const [name, from, to] of [
              ["evidence.json", /2000/, "2001"],
              ["checkout.json", /"settled.paid"/, '"settled.refunded"'],
              ["checkout.json", /"amount": 2000/, '"amount": 1'],
              ["proof.json", /"orderId": "[^"]+"/, '"orderId": "another"'],
            ] as const) {
              const before = readFileSync(join(at, name), "utf8")
              expect(before).toMatch(from)
              writeFileSync(join(at, name), before.replace(from, to))
              expect(check(), name).toMatchObject({ status: 1 })
              writeFileSync(join(at, name), before)
            }
            expect(check()).toMatchObject({ status: 0 })

            const eventsFile = join(at, "events.jsonl")
            const lines = readFileSync(eventsFile, "utf8").trim().split("\n")
            const changed = lines.flatMap((line, index) => {
              const event = JSON.parse(line) as Record<string, unknown>
              const instead = (value: unknown) => JSON.stringify({ ...event, ...(value as object) })
              const all = Object.keys(event).map((key) =>
                instead({ [key]: typeof event[key] === "number" ? Number(event[key]) + 1 : "changed" }),
              )
              return all.map((other) => lines.map((one, at) => (at === index ? other : one)))
            })
            const removed = lines.map((_, index) => lines.filter((__, at) => at !== index))
            const swapped = [lines[1] ?? "", lines[0] ?? "", ...lines.slice(2)]
            for (const other of [...changed, ...removed, swapped]) {
              writeFileSync(eventsFile, `${other.join("\n")}\n`)
              expect(check(), other.join("\n")).toMatchObject({ status: 1 })
            }
            const { code } = yield* audit("bundle", orderId, "--out", at)
            expect(code).toBe(2)
          }),
        patienceMs,
      )
    },
  )
})
