import { describe, expect, it } from "vitest"
import { complaintOf, reasonsOf } from "../../server/commands/complaints.ts"
import { CannotStart, Refusal, Unavailable } from "../../server/errors.ts"

const away = (what: Unavailable["what"], cause?: unknown) => new Unavailable({ what, retryable: true, cause })

describe("a command that cannot do what it was told", () => {
  it.each([
    ["a database that is away", away("DATABASE"), 3, /DATABASE_URL cannot be reached/],
    ["a question that takes it too long", away("DATABASE", { code: "57014" }), 3, /took too long/],
    ["TossPay that does not answer", away("TOSSPAY"), 3, /^TossPay does not answer/],
    [
      "TossPay that is asked too often",
      away("TOSSPAY", "THROTTLED"),
      3,
      /^TossPay asks to be asked less often$/,
    ],
    ["a feed that has stopped", away("FEED"), 3, /`audit verify` names them$/],
    ["a release that is older than what it reads", away("SERVER_OUTDATED"), 3, /newer release/],
    [
      "a role without the right",
      Object.assign(new Error("permission denied"), { code: "42501" }),
      3,
      /may not do this/,
    ],
    ["what is not there", new Refusal({ reason: "CHECKOUT_NOT_FOUND" }), 1, /no such thing/],
    [
      "what is not there by its name",
      new Refusal({ reason: "DELIVERY_NOT_FOUND", detail: "there is no such delivery" }),
      1,
      /^there is no such delivery$/,
    ],
    [
      "a name that is mistyped",
      new Refusal({ reason: "SUBSCRIPTION_NOT_FOUND", detail: "there is no such subscription, only y" }),
      2,
      /^there is no such subscription, only y$/,
    ],
    [
      "wrong use",
      new Refusal({ reason: "INVALID_REQUEST", detail: "from has to be before to" }),
      2,
      /^from has to be/,
    ],
    ["what is missing", new CannotStart({ exitCode: 3, reason: "no file" }), 3, /^no file$/],
  ])("blames %s, and nothing else", (_, error, exitCode, reason) => {
    expect(complaintOf(error)).toMatchObject({ exitCode, reason: expect.stringMatching(reason) })
  })

  it("blames nobody for a defect of ours, and tells what went wrong and why on one line", () => {
    const defect = new TypeError("x is not\na function", { cause: new Error("no", { cause: "y\u001b[2J" }) })
    expect(complaintOf(defect)).toBeNull()
    expect(reasonsOf(defect)).toMatch(/^x is not\S+a function: no: y\S+\[2J$/)
  })
})
