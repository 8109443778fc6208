/** `DATA_KEY` and `DATA_KEY_PREVIOUS`, from the environment or from the folder of a developer. */

import { Effect, Redacted } from "effect"
import { Database, query } from "../database/postgres.ts"
import { keptSecret } from "../dataDir.ts"
import { text, wrong } from "../environment.ts"
import type { DataKeys } from "./keyRing.ts"

export interface DataKeyVariables {
  /** 32 bytes. `null` only outside production: made at first start, kept in `DATA_DIR`, shared through the database. */
  readonly current: Redacted.Redacted<Buffer> | null
  readonly others: ReadonlyArray<Redacted.Redacted<Buffer>>
}

const shape = "32 bytes in base64, such as `openssl rand -base64 32` prints"

export const dataKeyVariables = Effect.fnUntraced(function* (production: boolean) {
  const current = yield* text("DATA_KEY")
  if (current === null && production) return yield* wrong("DATA_KEY", `${shape} (required in production)`)
  const others = ((yield* text("DATA_KEY_PREVIOUS")) ?? "").split(",").map((each) => each.trim())
  return {
    current: current === null ? null : yield* keyIn("DATA_KEY", current, shape),
    others: yield* Effect.forEach(
      others.filter((each) => each !== ""),
      (each) => keyIn("DATA_KEY_PREVIOUS", each, `keys of ${shape}, separated by commas`),
    ),
  }
})

const keyIn = (name: string, value: string, expected: string) => {
  const key = Buffer.from(value, "base64")
  return key.length === 32 && /^[A-Za-z0-9+/]{43}=?$/.test(value)
    ? Effect.succeed(Redacted.make(key))
    : wrong(name, expected)
}

/** Without a DATA_KEY, which only production requires, servers of one database share the key that the first of them made. */
export const dataKeysOf = Effect.fnUntraced(function* (
  { current, others }: DataKeyVariables,
  dataDir: string,
) {
  if (current !== null) return { current, others } satisfies DataKeys
  const own = yield* keptSecret(dataDir, "data.key")
  const shared = yield* sharedInDevelopment(Redacted.value(own))
  return { current: Redacted.make(shared), others: [...others, own] } satisfies DataKeys
})

const sharedInDevelopment = Effect.fnUntraced(function* (own: Buffer) {
  const sql = yield* Database
  const kept = query(() => sql<Array<{ key: Buffer }>>`SELECT data_key AS key FROM development_key`)
  const [known] = yield* kept
  if (known !== undefined) return known.key
  yield* query(() => sql`INSERT INTO development_key (data_key) VALUES (${own}) ON CONFLICT DO NOTHING`)
  const [shared] = yield* kept
  return shared?.key ?? own
})
