/** Whether an answer is what the OpenAPI document says of it: every field that it must have, and none that is not written down. */

interface Schema {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly anyOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
}

interface Answered {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

export interface Components {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

/** `null` where the document describes no JSON for this status. */
export const isAsDescribed = (
  { components }: Components,
  responses: Readonly<Record<string, unknown>>,
  status: number,
  answer: unknown,
): boolean | null => {
  const described = (responses[status] as Answered | undefined)?.content?.["application/json"]?.schema
  return described === undefined ? null : fits(components?.schemas ?? {}, described, answer)
}

const fits = (known: Readonly<Record<string, Schema>>, schema: Schema, value: unknown): boolean => {
  const fitting = (one: Schema, part: unknown) => fits(known, one, part)
  if (schema.$ref !== undefined) {
    const named = known[schema.$ref.split("/").at(-1) ?? ""]
    if (named === undefined) throw new Error(`the document does not describe ${schema.$ref}`)
    return fitting(named, value)
  }
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives !== undefined) return alternatives.some((one) => fitting(one, value))
  if (schema.enum !== undefined) return schema.enum.includes(value)
  if ("const" in schema) return schema.const === value
  switch (schema.type) {
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false
      const { properties = {}, required = [], additionalProperties = false } = schema
      return (
        required.every((name) => name in value) &&
        Object.entries(value).every(([name, part]) => {
          const own = properties[name]
          if (own !== undefined) return fitting(own, part)
          return typeof additionalProperties === "object"
            ? fitting(additionalProperties, part)
            : additionalProperties
        })
      )
    }
    case "array":
      return Array.isArray(value) && value.every((part) => fitting(schema.items ?? {}, part))
    case "integer":
      return Number.isInteger(value)
    case "null":
      return value === null
    case undefined:
      return true
    default:
      return typeof value === schema.type
  }
}
