import { expect, it } from "vitest"
import { classify } from "../../server/database/sqlstate.ts"

it.each([
  "08006",
  "25006",
  "40001",
  "40P01",
  "53300",
  "55000",
  "57P01",
  "57P03",
  "3D000",
  "28P01",
  "ECONNREFUSED",
  "ECONNRESET",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
])("%s means that the database is away", (code) => {
  expect(classify(Object.assign(new Error(), { code })).kind).toBe("away")
})

it.each([
  "22P02",
  "23505",
  "23514",
  "42703",
  "P0001",
  "UNDEFINED_VALUE",
  "MAX_PARAMETERS_EXCEEDED",
  undefined,
])("%s is a fault of the statement", (code) => {
  expect(classify(Object.assign(new Error(), { code })).kind).toBe("fault")
  expect(classify(undefined).kind).toBe("fault")
})

it("a broken rule is named", () => {
  expect(classify({ code: "23505", constraint_name: "checkout_claim_unique" })).toMatchObject({
    constraint: "checkout_claim_unique",
  })
})
