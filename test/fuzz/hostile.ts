/** What somebody may send who means no good, or whose program is broken. */

import fc from "fast-check"

/** JSON that `JSON.stringify` cannot make. `written` puts it into the text as it is. */
export class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Each family is as likely as any other, however many it has. */
const families: Readonly<Record<string, ReadonlyArray<string>>> = {
  sql: [
    "' OR '1'='1",
    "'; DROP TABLE checkout_event; --",
    "'; SELECT pg_sleep(60); --",
    "\\'; COPY payer TO PROGRAM 'id'; --",
    "1) UNION SELECT sealed FROM payer --",
    "$1::text",
  ],
  otherLanguages: ["{{7*7}}#{7*7}%{7*7}", "<script>alert(1)</script>", "../../../../etc/passwd", "%00%0d%0a"],
  prototypes: ["__proto__", "constructor", "toString"],
  splits: ["\r\nset-cookie: stolen=yes\r\nx-injected: yes", "a\r\n\r\n<html>", "a\nb", "a\rb"],
  nul: ["\u0000", "a\u0000b"],
  brokenPairs: ["\ud800", "\udfff\ud800", "a\udc00b"],
  unicode: ["\u202e\u200d\ufeff", "\u{10ffff}", "İstanbul ﬀ ß ㅋㅋ 👨‍👩‍👧‍👦", "e\u0301".repeat(40)],
  nothing: ["", " ", "null", "undefined"],
  numbers: ["NaN", "-0", "-1", "1.5", "1e309", "0x10", "9007199254740993", "9223372036854775808"],
  times: ["2026-02-30T25:61:00Z", "+275760-09-13T00:00:00.001Z", "294277-01-01T00:00:00Z", "-000001-01-01"],
  long: ["x".repeat(10_000), "주".repeat(4_000)],
}

/** Anything that a string of JavaScript can be, half pairs of surrogates included. */
const anyUnits = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units))

const oneOfEach = (groups: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Object.values(groups).map((texts) => fc.constantFrom(...texts))

export const hostileText = fc.oneof(...oneOfEach(families), anyUnits)

const numbers = [
  "-1",
  "0",
  "-0",
  "1.5",
  "1e309",
  "-1e309",
  "1e21",
  "9007199254740993",
  "99999999999999999999",
  "1E-400",
]

const polluting = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":null,"hasOwnProperty":1,"valueOf":{}}',
  '{"a":1,"a":2}',
]

const deep = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)

/** A value where another was expected. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(...numbers, ...polluting).map((text) => new Raw(text)),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { length: 1 }),
  fc
    .constantFrom(deep(500, "[", "]"), deep(500, '{"a":', "}").replace(":}", ":1}"))
    .map((text) => new Raw(text)),
)

const bodies: Readonly<Record<string, ReadonlyArray<string>>> = {
  none: [""],
  broken: ["{", '{"payToken":', "[1,", "undefined", "\ufeff{}", '{"amount":500}}', "'single'", "a=1&b=2"],
  deep: [deep(20_000, "[", "]"), deep(9_000, '{"a":', "}"), "[".repeat(65_000)],
  oversized: [JSON.stringify({ amount: 500, pad: "x".repeat(70_000) }), "x".repeat(200_000)],
}

/** A body that is not what was asked for, and perhaps not even JSON. */
export const hostileBody = fc.oneof(
  ...oneOfEach(bodies),
  hostileValue.map((value) => written(value)),
)

/** What a body may say of its form that it is not read in; what it says of one that it is read in is no lie. */
export const foreignForms: ReadonlyArray<readonly [string, string]> = [
  ...["gzip", "br", "deflate", "x-gzip", "zstd", "GZIP", "identity, gzip", "gzip, gzip", "compress;q=1"].map(
    (encoding) => ["content-encoding", encoding] as const,
  ),
  ...["utf-16", "UTF-7", "iso-8859-1", '"euc-kr"', "us-ascii", "utf-8;charset=utf-16", '""'].map(
    (charset) => ["content-type", `application/json; charset=${charset}`] as const,
  ),
]

export const nativeForms: ReadonlyArray<readonly [string, string]> = [
  ["content-encoding", "identity"],
  ["content-encoding", "Identity, identity"],
  ["content-type", "application/json; charset=UTF-8"],
  ["content-type", 'application/json;charset="utf-8"'],
]

/** The text of a JSON value, with what `Raw` has in it. Half a pair of surrogates is an escape, as JSON has it. */
export const written = (value: unknown): string => {
  if (value instanceof Raw) return value.text
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${written(item)}`)
    .join(",")}}`
}

/** A value in an address, percent-encoded; also such that no decoder takes. */
export const encoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")

export const hostileEncoded = fc.oneof(
  { weight: 4, arbitrary: hostileText.map(encoded) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "%",
      "%zz",
      "%C0%80",
      "%ED%A0%80",
      "%FF",
      "%2e%2e%2f",
      "a&a=b",
      "a[]=1",
      "+",
      "#",
    ),
  },
)
