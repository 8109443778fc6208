/** The operations of an OpenAPI document, and requests to each: some as it says, and some as it does not. */

import fc from "fast-check"
import type { Components } from "./answers.ts"
import {
  encoded,
  foreignForms,
  hostileBody,
  hostileEncoded,
  hostileText,
  hostileValue,
  nativeForms,
  written,
} from "./hostile.ts"
import type { Sent } from "./wire.ts"

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<Schema>
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

interface Described {
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly in: "path" | "query" | "header"
    readonly schema: Schema
    readonly required: boolean
  }>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly security: ReadonlyArray<unknown>
  readonly responses: Readonly<Record<string, unknown>>
}

export interface Document extends Components {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}

export interface Operation extends Described {
  readonly method: string
  readonly path: string
}

export const operationsOf = ({ paths }: Document): ReadonlyArray<Operation> =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      method: method.toUpperCase(),
      path,
    })),
  )

/** Values that exist, by the name of what takes them: with these a request gets past the door. */
export type Known = Readonly<Record<string, ReadonlyArray<string>>>

const anyValue = (schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> => {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => anyValue(one, known, name)))
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const { minimum = -1_000_000, maximum = 1_000_000, maxLength = 60 } = schema
  switch (schema.type) {
    case "object": {
      const fields = Object.entries(schema.properties ?? {})
      const requiredKeys = fields.map(([key]) => key).filter((key) => schema.required?.includes(key))
      const arbitraries = Object.fromEntries(fields.map(([key, field]) => [key, anyValue(field, known, key)]))
      return fc.record(arbitraries, { requiredKeys })
    }
    case "array":
      return fc.array(anyValue(schema.items ?? {}, known), { minLength: 1, maxLength: 3 })
    case "integer":
      return fc.oneof(
        fc.constantFrom(...(known[name] ?? ["1"])).map(Number),
        fc.integer({ min: Math.max(minimum, -1e6), max: Math.min(maximum, 1e6) }),
      )
    case "string":
      return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...(known[name] ?? ["text"])) },
        { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength }) },
      )
    case "null":
      return fc.constant(null)
    default:
      throw new Error(`the fuzzer knows no values of ${JSON.stringify(schema)}`)
  }
}

/** One change somewhere inside: a value replaced or missing, a key that nobody asked for, or something around it. */
const damaged = (value: unknown): fc.Arbitrary<unknown> => {
  if (typeof value !== "object" || value === null) return hostileValue
  const entries = Object.entries(value)
  const rebuilt = (changed: ReadonlyArray<readonly [string, unknown]>) =>
    Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed)
  const inside = entries.map(([key, item], at) =>
    damaged(item).map((worse) => rebuilt(entries.with(at, [key, worse]))),
  )
  return fc.oneof(
    ...inside,
    ...entries.map((_, at) => fc.constant(rebuilt(entries.toSpliced(at, 1)))),
    hostileValue,
    fc.tuple(hostileText, hostileValue).map(([key, more]) => rebuilt([...entries, [key, more]])),
    fc.constant([value]),
  )
}

const bodyOf = (schema: Schema, known: Known, isHostile: boolean): fc.Arbitrary<string> => {
  const good = anyValue(schema, known)
  return isHostile
    ? fc.oneof(
        { weight: 3, arbitrary: good.chain(damaged).map(written) },
        { weight: 1, arbitrary: hostileBody },
      )
    : good.map(written)
}

/** As latin1, which is what a header's bytes are. */
const hostileHeader = hostileText.map((text) => Buffer.from(text.slice(0, 2_000)).toString("latin1"))

const strangeHeaders = fc.constantFrom(
  ...["accept-language", "cookie", "origin", "x-forwarded-for", "range", "if-none-match", "x-toss-user-key"],
  ...[
    "accept",
    "accept-encoding",
    "traceparent",
    "b3",
    "authorization",
    "content-type",
    "content-encoding",
    "x-http-method-override",
  ],
)

const json: readonly [string, string] = ["content-type", "application/json"]

/** Where a request to this operation may be hostile. One place at a time, so that the others do not keep it from being reached. */
export const placesIn = ({ parameters }: Operation): ReadonlyArray<string> => [
  "nowhere",
  "header",
  "key",
  "body",
  "form",
  ...parameters.map(({ name }) => name),
]

/** `proof` is what lets a caller in. */
export const requestsTo = (
  { method, path, parameters, requestBody }: Operation,
  known: Known,
  proof: ReadonlyArray<readonly [string, string]>,
  worst: string,
): fc.Arbitrary<Sent> => {
  const inPlace = (place: string, hostile: fc.Arbitrary<string>, good: (text: string) => string) =>
    fc.tuple(
      ...parameters
        .filter((one) => one.in === place)
        .map(({ name, schema, required }) => {
          const value =
            name === worst ? hostile : anyValue(schema, known, name).map((text) => good(String(text)))
          return fc
            .option(value, { freq: name === worst || required ? 1_000 : 1, nil: null })
            .map((text) => [name, text] as const)
        }),
    )
  const schema = requestBody?.content["application/json"]?.schema
  return fc
    .record({
      values: inPlace("path", hostileEncoded, encoded),
      query: inPlace("query", hostileEncoded, encoded),
      key: worst === "key" ? fc.tuple(hostileEncoded, hostileEncoded) : fc.constant(null),
      declared: inPlace("header", hostileHeader, (text) => text),
      form:
        worst === "form"
          ? fc.oneof(fc.constantFrom(...foreignForms), fc.constantFrom(...nativeForms))
          : fc.constant(null),
      strange: worst === "header" ? fc.tuple(strangeHeaders, hostileHeader) : fc.constant(null),
      body:
        schema === undefined
          ? worst === "body"
            ? hostileBody
            : fc.constant(null)
          : bodyOf(schema, known, worst === "body"),
      isChunked: fc.boolean(),
      isProven: fc.nat(19).map((roll) => roll > 0),
    })
    .map(({ values, query, key, declared, form, strange, body, isChunked, isProven }) => {
      const given = [...query, ...(key === null ? [] : [key])].filter(([, text]) => text !== null)
      const place = values.reduce(
        (filled, [name, text]) => filled.replace(`{${name}}`, () => text ?? ""),
        path,
      )
      const question =
        given.length === 0 ? "" : `?${given.map(([name, text]) => `${name}=${text}`).join("&")}`
      const headers = [
        ...(isProven ? proof : []),
        ...(body === null || form?.[0] === json[0] ? [] : [json]),
        ...(form === null ? [] : [form]),
        ...declared.filter((header): header is readonly [string, string] => header[1] !== null),
        ...(strange === null ? [] : [strange]),
      ]
      return { method, target: `${place}${question}`.replaceAll("#", "%23"), headers, body, isChunked }
    })
}
