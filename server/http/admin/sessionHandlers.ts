/** Signing in to the console and out of it. */

import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { hashOf, Operators } from "../../backOffice/operators.ts"
import { Sessions } from "../../backOffice/sessions.ts"
import { Uses } from "../../backOffice/uses.ts"
import { answered } from "../answers.ts"
import { CheckoutApi } from "../api.ts"
import { atTheDoor, Entered, type Entry, notHere } from "./access.ts"
import { sessionSecretOf, withoutSession, withSession } from "./cookie.ts"
import { json } from "./handlers.ts"

export const sessionHandlers = HttpApiBuilder.group(CheckoutApi, "session", (handlers) =>
  Effect.gen(function* () {
    const operators = yield* Operators
    const sessions = yield* Sessions
    const uses = yield* Uses
    const prove = yield* atTheDoor

    return handlers.handleAll({
      signIn: ({ payload, request }) =>
        answered(
          Effect.gen(function* () {
            if (!operators.isOpen) return yield* notHere
            const token = hashOf(Redacted.make(payload.token))
            const operator = yield* prove(Effect.sync(() => operators.find(token)))
            const { secret, expiresAt } = yield* sessions.open(operator)
            const use = { shown: "token", operation: "signIn", orderId: null, isAllowed: true } as const
            yield* uses.record(operator, use)
            return view({ operator, expiresAt }).pipe(withSession(request, secret))
          }),
        ),
      session: () => Effect.map(Entered, view),
      signOut: ({ request }) =>
        answered(
          Effect.gen(function* () {
            const secret = sessionSecretOf(request)
            if (secret !== undefined) yield* sessions.end(secret)
            return json({ ok: true }).pipe(withoutSession(request))
          }),
        ),
    })
  }),
)

const view = ({ operator: { name, role }, expiresAt }: Pick<Entry, "operator" | "expiresAt">) =>
  json({ name, role, expiresAt })
