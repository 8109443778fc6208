/** A back office with tokens of people's own, and the console's way in. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Redacted } from "effect"
import { tokenLine } from "../../server/backOffice/operators.ts"
import { consoleHeader } from "../../server/http/admin/cookie.ts"
import { Shop } from "../support/server.ts"

export const tokens = {
  kim: "kim's-own-token",
  lee: "lee's-own-token",
  park: "park's-own-token",
  admin: "the-back-office-7",
} as const

export type Person = keyof typeof tokens

export const lines = {
  kim: tokenLine("Kim", "read", Redacted.make(tokens.kim)),
  lee: tokenLine("Lee", "refund", Redacted.make(tokens.lee)),
  park: tokenLine("Park", "all", Redacted.make(tokens.park)),
}

/** A file with these lines, gone with the scope. */
export const tokensFile = (...some: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-tokens-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
    ),
    (folder) => {
      const file = join(folder, "tokens.jsonl")
      writeFileSync(file, `${some.join("\n")}\n`)
      return file
    },
  )

type Method = "GET" | "POST" | "DELETE"

/** What the back office answers to this person's token. */
export const as = (person: Person, method: Method, path: string, body?: unknown) =>
  Effect.flatMap(Shop, ({ call }) =>
    call(method, `/admin/api${path}`, body, { headers: { authorization: `Bearer ${tokens[person]}` } }),
  )

/** What it answers to the console with this cookie. */
export const withCookie = (cookie: string, method: Method, path: string, body?: unknown) =>
  Effect.flatMap(Shop, ({ call }) =>
    call(method, `/admin/api${path}`, body, { headers: { [consoleHeader]: "1", cookie } }),
  )

export const signIn = (token: string, headers: Record<string, string> = { [consoleHeader]: "1" }) =>
  Effect.flatMap(Shop, ({ call }) => call("POST", "/admin/api/session", { token }, { headers }))

/** The cookie as the browser would send it back. */
export const cookieIn = ({ headers }: { readonly headers: Headers }): string =>
  (headers.get("set-cookie") ?? "").split(";")[0] ?? ""
