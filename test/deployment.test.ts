/** What docs/deployment.md says of settings is what the program asks for. */

import { readFileSync } from "node:fs"
import { ConfigProvider, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { readSettings } from "../server/config.ts"

const page = readFileSync(new URL("../docs/deployment.md", import.meta.url), "utf8")

/** The variables of a table's first column, by the sentence before the table. */
const variablesAfter = (sentence: string): ReadonlyArray<string> => {
  const rows =
    (page.split(sentence)[1]?.split("| variable |")[1] ?? "").split("\n\n", 1)[0]?.split("\n") ?? []
  return rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([A-Z_]+)/g)].map(([, name = ""]) => name),
  )
}

const required = variablesAfter("Then these are required")
const defaulted = variablesAfter("These have a default")

/** A value for each that is good enough to start with. */
const someFile = import.meta.filename
const values: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://checkout@db.internal/checkout",
  TOSSPAY_BASE_URL: "https://toss.example",
  TOSSPAY_CERT_FILE: someFile,
  TOSSPAY_KEY_FILE: someFile,
  TOSSPAY_TEST_PAYMENT: "true",
  AUTH_MODE: "jwt",
  AUTH_JWT_AUDIENCE: "the-shop",
  DATA_KEY: Buffer.alloc(32).toString("base64"),
  CHECKPOINT_KEY_FILE: someFile,
}

/** Why the program does not start with these alone; `null`: it does. */
const refusal = (names: ReadonlyArray<string>): Promise<string | null> => {
  const env = {
    NODE_ENV: "production",
    // Whoever started the product here has a key in the usual one.
    DATA_DIR: "/nowhere",
    AUTH_JWT_SECRET: "s".repeat(32),
    ...Object.fromEntries(names.map((name) => [name, values[name] ?? ""])),
  }
  return readSettings({}).pipe(
    Effect.match({ onFailure: ({ reason }) => reason, onSuccess: () => null }),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
    Effect.runPromise,
  )
}

describe("production", () => {
  it("starts with what is called required", async () => {
    expect(required.length).toBeGreaterThan(5)
    expect(await refusal(required)).toBeNull()
  })

  it.each(required)("does not start without %s, and names it", async (missing) => {
    expect(await refusal(required.filter((name) => name !== missing))).toContain(missing)
  })

  it("has no setting that the page does not name", async () => {
    const asked = new Set<string>()
    const env = ConfigProvider.fromEnv({
      env: { NODE_ENV: "production", DATA_DIR: "/nowhere", AUTH_JWT_SECRET: "s".repeat(32), ...values },
    })
    const listening = ConfigProvider.make((path) => {
      asked.add(path.join("_"))
      return env.load(path)
    })
    await Effect.runPromise(Effect.provide(readSettings({}), ConfigProvider.layer(listening)))
    expect(asked.size).toBeGreaterThan(30)
    expect([...asked].filter((name) => !page.includes(`\`${name}`))).toEqual([])
  })

  it("reads every other setting that is named", () => {
    const config = readFileSync(new URL("../server/config.ts", import.meta.url), "utf8")
    expect(defaulted.length).toBeGreaterThan(5)
    for (const name of defaulted) expect(config).toContain(`"${name}"`)
  })
})
