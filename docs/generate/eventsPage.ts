import { Schema } from "effect"
import { type FactType, factMeanings } from "../../machines/index.ts"
import { Event } from "../../server/http/admin/schemas.ts"
import { factData, factFields, factParts } from "../../server/log/factSchema.ts"

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
}

/** The JSON of an event of the feed, as outside programs may rely on it. */
export const eventsPage = (): string =>
  [
    "# Events",
    "",
    "Generated from `server/log/factSchema.ts` by `npm run docs`. Do not edit.",
    "",
    "Every event of every checkout, once, in one order ([the event log](event-log.md)): `GET /admin/api/events?after=<cursor>`",
    "gives a page, `GET /admin/api/events/stream` the same as server-sent events, whose ids are the cursors. Keep the cursor of",
    "the last event you have dealt with and ask for what comes after it: nothing is missed and nothing comes twice.",
    "`npm run cli -- audit export` writes the same objects to a file.",
    "",
    "Fields and facts may be added; none is renamed or removed, and none changes its meaning. Ignore what you do not know.",
    "",
    "## An event",
    "",
    ...fields(schemaOf(Event), (name) => envelopeMeanings[name]),
    "",
    "## The facts",
    "",
    "What `data` holds for each `type`. A fact with an answer of TossPay is evidence; what comes from the webview is a hint.",
    "",
    ...(Object.keys(factFields) as ReadonlyArray<FactType>).flatMap((type) => [
      `### ${type}`,
      "",
      factMeanings[type],
      "",
      ...dataFields(type),
      "",
    ]),
    "## Parts",
    "",
    ...Object.entries(factParts).flatMap(([name, schema]) => {
      const part = schemaOf(schema)
      return [`### ${name}`, "", ...fields(part.items ?? part), ""]
    }),
  ].join("\n")

const envelopeMeanings: Readonly<Record<string, string>> = {
  orderId: "TossPay's orderNo, and ours.",
  checkoutId: "Its checkout. The chain covers this one, not the order id.",
  type: "The fact that happened, in the past tense.",
  from: "The state before, `null` for the first event.",
  to: "The state after.",
  data: "What the fact says; below.",
  machineVersion: "Which version of the machine decided.",
  recordedAt: "Our time, never earlier than the event before.",
  prevHash: "The hash of the event before; `null` for the first.",
  hash: "Covers the event and everything before it in its checkout.",
}

const dataFields = (type: FactType): ReadonlyArray<string> => {
  const data = schemaOf(factData(type))
  return Object.keys(data.properties ?? {}).length === 0 ? ["`data` is empty."] : fields(data)
}

const fields = (
  { properties = {}, required = [] }: JsonSchema,
  meaning: (name: string) => string | undefined = () => undefined,
): ReadonlyArray<string> => [
  "| field | type | meaning |",
  "| --- | --- | --- |",
  ...Object.entries(properties).map(([name, schema]) => {
    const type = name in factParts ? `[${name}](#${name})` : typeText(schema)
    const presence = required.includes(name) ? "" : ", or absent"
    return `| \`${name}\` | ${type}${presence} | ${meaning(name) ?? descriptionOf(schema)} |`
  }),
]

const typeText = ({ type, anyOf, enum: values, items, properties }: JsonSchema): string => {
  if (values !== undefined)
    return values.length > longestList ? "text" : values.map((value) => `\`${value}\``).join(", ")
  if (anyOf !== undefined) return anyOf.map(typeText).join(" or ")
  if (items !== undefined) return `list of ${typeText(items)}`
  if (properties !== undefined)
    return `{ ${Object.keys(properties)
      .map((name) => `\`${name}\``)
      .join(", ")} }`
  return type === "null" ? "`null`" : (typeNames[type ?? ""] ?? "JSON")
}

/** More values than this are found elsewhere: states and facts in machine.md. */
const longestList = 10

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
}

const descriptionOf = ({ description, anyOf }: JsonSchema): string =>
  description ?? anyOf?.map(descriptionOf).find((text) => text !== "") ?? ""

const schemaOf = (schema: Schema.Constraint): JsonSchema => {
  const { schema: root, definitions } = Schema.toJsonSchemaDocument(schema) as {
    readonly schema: JsonSchema & { readonly $ref?: string }
    readonly definitions: Readonly<Record<string, JsonSchema>>
  }
  return root.$ref === undefined ? root : (definitions[root.$ref.split("/").at(-1) ?? ""] ?? root)
}
