/**
 * What each call's body must look like (TossPay reference: make-payment, execute-payment, get-payment-status,
 * refund-payment). Where the sources disagree the stricter one counts, so that whoever passes here passes there.
 * Fields that are not listed are ignored.
 */

import { Result, Schema, SchemaIssue } from "effect"

/** Seven digits; zero has to be allowed where nothing is taxed. */
const sevenDigits = 9_999_999
const Won = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: sevenDigits }))
const OrderNo = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_:.^@-]{1,50}$/))
const PayToken = Schema.String.check(Schema.isPattern(/^\S{1,30}$/))
const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const MakeFields = Schema.Struct({
  orderNo: OrderNo,
  productDesc: Schema.String.check(Schema.isPattern(/^(?=.*\S)[^\\"']{1,255}$/s)),
  amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: sevenDigits })),
  amountTaxFree: Won,
  amountTaxable: maybe(Won),
  amountVat: maybe(Won),
  amountServiceFee: maybe(Won),
  enablePayMethods: maybe(Schema.String.check(Schema.isMaxLength(100))),
  /** Nonsense counts as false, so anything may stand here. */
  cashReceipt: maybe(Schema.Unknown),
  cashReceiptTradeOption: maybe(Schema.Literals(["GENERAL", "CULTURE", "PUBLIC_TP"])),
  installment: maybe(Schema.Literals(["USE", "NOT_USE"])),
  isTestPayment: Schema.Boolean,
})

const ExecuteFields = Schema.Struct({
  payToken: PayToken,
  orderNo: maybe(OrderNo),
  isTestPayment: Schema.Boolean,
})

const StatusFields = Schema.Struct({
  payToken: maybe(PayToken),
  orderNo: maybe(OrderNo),
  isTestPayment: Schema.Boolean,
})

const RefundFields = Schema.Struct({
  payToken: PayToken,
  reason: Schema.String.check(Schema.isPattern(/^[ㄱ-ㅎㅏ-ㅣ가-힣A-Za-z0-9_:.^@()[\]#/!%?&-]{1,55}$/)),
  isTestPayment: Schema.Boolean,
})

type MakeFields = typeof MakeFields.Type

/** The rules in words, for the answer to a body that breaks one. */
const rules: Readonly<Record<string, string>> = {
  orderNo: "1 to 50 characters out of digits, latin letters and _ - : . ^ @",
  productDesc: "1 to 255 characters, not only blanks, without backslash and quotes",
  amount: "a whole number from 1 to 9999999",
  amountTaxFree: "a whole number from 0 to 9999999; it is required, 0 for taxable goods",
  amountTaxable: "a whole number from 0 to 9999999",
  amountVat: "a whole number from 0 to 9999999",
  amountServiceFee: "a whole number from 0 to 9999999",
  enablePayMethods: "at most 100 characters, such as TOSS_MONEY or CARD",
  cashReceiptTradeOption: "GENERAL, CULTURE or PUBLIC_TP",
  installment: "USE or NOT_USE",
  isTestPayment: "true or false, and is required",
  payToken: "1 to 30 characters without blanks",
  reason:
    "1 to 55 characters out of Hangul, digits, latin letters and _ - : . ^ @ ( ) [ ] # / ! % ? &, without blanks",
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reads a body, or says which field breaks which rule. */
const reader = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (body: unknown): Result.Result<S["Type"], string> =>
    Result.mapError(decode(body), (error) => {
      const field = String(issuesOf(error.issue).issues[0]?.path?.[0] ?? "")
      return field === ""
        ? "the body must be a JSON object"
        : `${field} must be ${rules[field] ?? "well-formed"}`
    })
}

export const readMakeFields = reader(MakeFields)
export const readExecuteFields = reader(ExecuteFields)
export const readStatusFields = reader(StatusFields)
export const readRefundFields = reader(RefundFields)

interface TaxSplit {
  readonly amountTaxable: number
  readonly amountTaxFree: number
  readonly amountVat: number
  readonly amountServiceFee: number
}

/**
 * The tax split of an amount, or `null` if its parts do not add up to it (TossPay reference: make-payment). Without
 * a split the VAT is an eleventh of what is neither tax-free nor a fee, rounded up, and nothing when the cash receipt
 * is switched off by name. A given taxable amount without a VAT takes an eleventh of itself, which hardly ever adds
 * up: whoever splits sends both.
 */
export const taxSplit = (fields: MakeFields): TaxSplit | null => {
  const amountServiceFee = fields.amountServiceFee ?? 0
  const rest = fields.amount - fields.amountTaxFree - amountServiceFee
  const { amountTaxable: taxable, amountVat: vat } = fields
  const defaultVat = fields.cashReceipt === false ? 0 : Math.ceil((taxable ?? rest) / 11)
  const amountVat = vat ?? defaultVat
  const amountTaxable = taxable ?? rest - amountVat
  const addsUp = amountTaxable >= 0 && amountVat >= 0 && amountTaxable + amountVat === rest
  return addsUp ? { amountTaxable, amountTaxFree: fields.amountTaxFree, amountVat, amountServiceFee } : null
}
