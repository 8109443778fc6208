/** `deliveries`: what subscribers were told and are not told yet, and having them told again. */

import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { recordsBeside } from "../app.ts"
import { AnswerIsNo } from "../errors.ts"
import { Deliveries, deliveryStates, type SubscriptionStatus } from "../subscriptions/deliveries.ts"
import {
  type DeliveryView,
  deliveryFilter,
  listDeliveries,
  readDelivery,
  resumeSubscription,
  retryDeliveries,
  retryDelivery,
} from "../subscriptions/inspect.ts"
import { inLines } from "../text.ts"
import { payloadOf, webhookName } from "../webhook/payload.ts"
import { wrongUse } from "./complaints.ts"
import { jsonFlag, limitFlag, momentFlag } from "./flags.ts"

const which = {
  subscription: Flag.String("subscription").pipe(
    Flag.withDescription("Of this subscription alone"),
    Flag.optional,
  ),
  state: Flag.Literals("state", deliveryStates).pipe(
    Flag.withDescription("Those in this state alone"),
    Flag.optional,
  ),
  subject: Flag.String("subject").pipe(
    Flag.withDescription("About this order id, or this subject of an alert"),
    Flag.optional,
  ),
  failing: Flag.Boolean("failing").pipe(
    Flag.withDescription("Those that wait for another try because one has failed"),
    Flag.withDefault(false),
  ),
  from: momentFlag("from", "What happened then or later: 2026-01-31 or 2026-01-31T09:00:00+09:00"),
  to: momentFlag("to", "What happened before then"),
}

type Which = { readonly [K in keyof typeof which]: K extends "failing" ? boolean : Option.Option<string> }

const filterOf = (flags: Which) =>
  deliveryFilter({
    subscription: Option.getOrUndefined(flags.subscription),
    state: Option.getOrUndefined(flags.state) as (typeof deliveryStates)[number] | undefined,
    subject: Option.getOrUndefined(flags.subject),
    failing: flags.failing || undefined,
    from: Option.getOrUndefined(flags.from),
    to: Option.getOrUndefined(flags.to),
  })

const list = Command.make(
  "list",
  {
    ...which,
    limit: limitFlag(50, 10_000),
    cursor: Flag.String("cursor").pipe(
      Flag.withDescription("Go on where an earlier list ended"),
      Flag.optional,
    ),
    json: jsonFlag,
  },
  ({ limit, cursor, json, ...flags }) =>
    Effect.gen(function* () {
      const page = yield* listDeliveries(filterOf(flags), limit, Option.getOrNull(cursor))
      const subscriptions = yield* (yield* Deliveries).status
      yield* Console.log(
        json
          ? JSON.stringify({ ...page, subscriptions })
          : [
              ...subscriptions.map(statusInWords),
              ...page.deliveries.map(inWords),
              ...(page.cursor === null ? [] : [`more with --cursor ${page.cursor}`]),
            ].join("\n"),
      )
    }).pipe(Effect.provide(recordsBeside)),
).pipe(Command.withDescription("List them, the latest first, and how far each subscription is"))

const id = Argument.String("id").pipe(Argument.withDescription("As `deliveries list` prints it"))

const show = Command.make("show", { id, json: jsonFlag }, ({ id, json }) =>
  Effect.gen(function* () {
    const { delivery, message } = yield* readDelivery(id)
    const found = { delivery, message: delivery.subscription === webhookName ? payloadOf(message) : message }
    yield* Console.log(
      json ? JSON.stringify(found) : `${inWords(delivery)}\n${JSON.stringify(found.message, null, 2)}`,
    )
  }).pipe(Effect.provide(recordsBeside)),
).pipe(Command.withDescription("Show one with its message, as the subscriber gets it"))

const retry = Command.make(
  "retry",
  { ids: Argument.variadic(id), ...which, json: jsonFlag },
  ({ ids, json, ...flags }) =>
    Effect.gen(function* () {
      const filter = filterOf(flags)
      if (ids.length > 0 === Object.keys(filter).length > 0) {
        return yield* wrongUse("say which: either ids, or flags such as --state dead, or --from and --to")
      }
      const retried =
        ids.length > 0 ? (yield* Effect.forEach(ids, retryDelivery)).length : yield* retryDeliveries(filter)
      yield* Console.log(json ? JSON.stringify({ retried }) : `${retried} will be tried again`)
    }).pipe(Effect.provide(recordsBeside)),
).pipe(
  Command.withDescription(
    "Have them tried again at once, with all tries before them again, delivered ones too: by id, or all that the flags mean",
  ),
)

const resume = Command.make(
  "resume",
  { subscription: Argument.String("subscription"), json: jsonFlag },
  ({ subscription, json }) =>
    Effect.gen(function* () {
      const resumed = yield* resumeSubscription(subscription)
      yield* Console.log(
        json
          ? JSON.stringify({ resumed })
          : resumed
            ? `${subscription} takes messages again`
            : `${subscription} was not paused`,
      )
      if (!resumed) return yield* new AnswerIsNo()
    }).pipe(Effect.provide(recordsBeside)),
).pipe(Command.withDescription("Let a paused subscription go on (exit code 1 if it was not paused)"))

export const deliveriesCommand = Command.make("deliveries").pipe(
  Command.withDescription("What subscribers and the webhook are told, and having them told again"),
  Command.withSubcommands([list, show, retry, resume]),
)

const statusInWords = ({
  subscription,
  waiting,
  failing,
  dead,
  pausedAt,
  pausedWhy,
}: SubscriptionStatus): string =>
  `${subscription}: ${waiting} waiting${failing === 0 ? "" : ` (${failing} failed so far)`}, ${dead} dead${pausedAt === null ? "" : `, paused since ${pausedAt}: ${pausedWhy}`}`

const inWords = ({ id, state, tries, subject, happenedAt, dueAt, error }: DeliveryView): string =>
  inLines([
    `  ${id}`,
    `    ${subject}, ${happenedAt}, ${state}, ${tries} tries${dueAt === null ? "" : `, next ${dueAt}`}`,
    ...(error === null ? [] : [`    ${error}`]),
  ])
