import { fc, test } from "@fast-check/vitest"
import { expect, it } from "vitest"
import { makeApi, Unanswered } from "../../client/api.ts"
import { isStatePath } from "../../machines/screen.ts"

it.each([
  ["3", 3_000],
  ["0", null],
  ["60", 60_000],
  ["86400", 60_000],
  ["-1", 60_000],
  ["Wed, 21 Oct 2026 07:28:00 GMT", null],
  [null, null],
])(
  "of a server that says to come again in %s the client makes %s milliseconds: a minute at most, and never none",
  async (said, ms) => {
    const headers = said === null ? {} : { "retry-after": said }
    const api = makeApi({
      baseUrl: "https://pay.example.com",
      language: "en",
      fetch: async () => Response.json({ ok: false, reason: "RATE_LIMITED" }, { status: 429, headers }),
    })
    const asked = await api.order("order-1").catch((error: unknown) => error)
    expect(asked).toBeInstanceOf(Unanswered)
    expect((asked as Unanswered).why).toMatchObject({ reason: "RATE_LIMITED", retryAfterMs: ms })
  },
)

/** Whatever JSON can be, and whatever stands where the state should. */
const answers = fc.oneof(
  fc.jsonValue(),
  fc.record({ at: fc.jsonValue(), reason: fc.jsonValue(), payToken: fc.jsonValue() }, { requiredKeys: [] }),
)

test.prop([answers])(
  "an answer says in words how the order stands, or is none, whatever the server sends",
  async (answer) => {
    const api = makeApi({
      baseUrl: "https://pay.example.com",
      language: "en",
      fetch: async () => Response.json(answer),
    })
    const said = (answer as { readonly at?: unknown } | null)?.at
    const asked = await api.order("order-1").catch((error: unknown) => error)
    if (typeof said === "string" && said !== "")
      expect(isStatePath((asked as { readonly at: string }).at)).toBe(true)
    else expect((asked as Unanswered).why).toMatchObject({ isFinal: false, reason: "UNREACHABLE" })
    const created = await api.create({ amount: 5_000 }, "key").catch((error: unknown) => error)
    if (!(created instanceof Unanswered)) expect(created).toMatchObject({ payToken: expect.any(String) })
  },
)
