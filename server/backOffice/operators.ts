/** Who may work in the back office: whoever bears a token whose hash is known here, each with a role. */

import { createHash, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { CurrentSettings } from "../config.ts"
import { keptSecret } from "../dataDir.ts"
import { CannotStart } from "../errors.ts"

/** Each may do what the ones before it may. */
export const roles = ["read", "refund", "all"] as const
export type Role = (typeof roles)[number]

export interface Operator {
  /** `null`: whoever bears ADMIN_TOKEN, which is nobody's own. */
  readonly name: string | null
  readonly role: Role
  /** SHA-256 of the token. The tokens are 32 random bytes, so a slow hash would protect nothing. */
  readonly tokenHash: Buffer
}

/** What the record calls whoever bears ADMIN_TOKEN. */
export const nameOf = ({ name }: Operator): string => name ?? "ADMIN_TOKEN"

export const mayDo = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

export const hashOf = (secret: Redacted.Redacted<string>): Buffer =>
  createHash("sha256").update(Redacted.value(secret)).digest()

export class Operators extends Context.Service<
  Operators,
  {
    /** There is a back office. */
    readonly isOpen: boolean
    readonly find: (tokenHash: Buffer) => Operator | null
    /** ADMIN_TOKEN, and whether it was made here because none was set, so that somebody has to be told. */
    readonly adminToken: { readonly token: Redacted.Redacted<string>; readonly isOurs: boolean } | null
  }
>()("tosspay-checkout/backOffice/Operators") {
  /** Outside production ADMIN_TOKEN is made at the first start; in production there is no back office without a token. */
  static readonly layer = Layer.effect(
    Operators,
    Effect.gen(function* () {
      const { adminToken, adminTokensFile, production, dataDir } = yield* CurrentSettings
      const named = adminTokensFile === null ? [] : yield* readTokens(adminTokensFile)
      const own =
        adminToken !== null || production
          ? adminToken
          : Redacted.make(Redacted.value(yield* keptSecret(dataDir, "admin.token")).toString("base64url"))
      const operators: ReadonlyArray<Operator> =
        own === null ? named : [...named, { name: null, role: "all", tokenHash: hashOf(own) }]
      return {
        isOpen: operators.length > 0,
        find: (tokenHash) => find(operators, tokenHash),
        adminToken: own === null ? null : { token: own, isOurs: adminToken === null },
      }
    }),
  )
}

/** Takes the same time whichever it is, and for every one that is none. */
const find = (operators: ReadonlyArray<Operator>, tokenHash: Buffer): Operator | null => {
  let found: Operator | null = null
  for (const operator of operators) {
    if (timingSafeEqual(operator.tokenHash, tokenHash)) found = operator
  }
  return found
}

const nameShape = /^\S(.{0,98}\S)?$/u

export const isName = (text: string): boolean => nameShape.test(text) && text.isWellFormed()

const TokenLine = Schema.Struct({
  name: Schema.String.check(Schema.makeFilter(isName)),
  role: Schema.Literals(roles),
  sha256: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
})

/** One line of ADMIN_TOKENS_FILE. */
export const tokenLine = (name: string, role: Role, token: Redacted.Redacted<string>): string =>
  JSON.stringify({ name, role, sha256: hashOf(token).toString("hex") })

const readTokens = Effect.fnUntraced(function* (file: string) {
  const lines = yield* Effect.try({
    try: () => readFileSync(file, "utf8").split("\n"),
    catch: () => wrongFile("cannot be read"),
  })
  const operators: Array<Operator> = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue
    const { name, role, sha256 } = yield* Schema.decodeEffect(Schema.fromJsonString(TokenLine))(line).pipe(
      Effect.mapError(() => wrongFile(`line ${index + 1} is none`)),
    )
    operators.push({ name, role, tokenHash: Buffer.from(sha256, "hex") })
  }
  return operators
})

const wrongFile = (why: string) =>
  new CannotStart({
    exitCode: 2,
    reason: `ADMIN_TOKENS_FILE must have lines such as \`tosspay-checkout admin token\` prints; ${why}`,
  })
