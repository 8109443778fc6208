/**
 * The `success` of each call. The same payment reads differently in execute and in status (a string here, a number
 * there), and execute has no status field at all: both as documented (TossPay reference: execute-payment,
 * get-payment-status, refund-payment).
 */

import type { Success } from "./envelope.ts"
import { type LedgerEntry, leftOf, type Payment } from "./payment.ts"
import type { PayStatus } from "./status.ts"
import { tossTime } from "./tossTime.ts"

export const executeReply = (payment: Payment, charge: LedgerEntry): Success => ({
  code: 0,
  msg: "성공",
  errorCode: null,
  mode: payment.mode,
  payToken: payment.payToken,
  orderNo: payment.orderNo,
  amount: charge.amount,
  paidAmount: charge.paidAmount,
  discountedAmount: charge.discountedAmount,
  payMethod: payment.method,
  approvalTime: tossTime(charge.at),
  stateMsg: "결제 완료",
  transactionId: charge.transactionId,
  cashReceiptMgtKey: receiptKey(payment, charge),
  ...(payment.method === "CARD"
    ? {
        cardCompanyCode: String(cardCompany.cardCompanyCode),
        cardCompanyName: cardCompany.cardCompanyName,
        cardAuthorizationNo: authorizationNo(payment),
        spreadOut: "0",
        noInterest: "false",
        salesCheckLinkUrl: salesCheck(charge),
      }
    : {
        cardCompanyCode: null,
        cardCompanyName: null,
        cardAuthorizationNo: null,
        spreadOut: null,
        noInterest: null,
        salesCheckLinkUrl: null,
      }),
  ...instrumentOf(payment),
})

export const statusReply = (payment: Payment): Success => {
  const charge = payment.movements.find((entry) => entry.kind === "charge")
  return {
    mode: payment.mode,
    payToken: payment.payToken,
    orderNo: payment.orderNo,
    payStatus: payment.payStatus,
    payMethod: payment.method,
    amount: payment.amount,
    discountedAmount: charge?.discountedAmount ?? 0,
    discountAmountV2: charge?.discountedAmount ?? 0,
    paidPointV2: 0,
    paidAmount: charge?.paidAmount ?? 0,
    refundableAmount: refundable.has(payment.payStatus) ? leftOf(payment) : 0,
    amountTaxable: payment.amountTaxable,
    amountTaxFree: payment.amountTaxFree,
    amountVat: payment.amountVat,
    amountServiceFee: payment.amountServiceFee,
    disposableCupDeposit: 0,
    ...(payment.method === "TOSS_MONEY" ? account : noAccount),
    createdTs: tossTime(payment.createdAt),
    paidTs: charge === undefined ? null : tossTime(charge.at),
    card:
      payment.method === "CARD" && charge !== undefined
        ? {
            ...card,
            ...cardCompany,
            cardAuthorizationNo: authorizationNo(payment),
            noInterest: false,
            spreadOut: 0,
            salesCheckLinkUrl: salesCheck(charge),
          }
        : null,
    transactions: payment.movements.map((entry) => ({
      stepType: entry.kind === "charge" ? "PAY" : "REFUND",
      transactionId: entry.transactionId,
      paidAmount: entry.paidAmount,
      transactionAmount: entry.kind === "charge" ? entry.amount : -entry.amount,
      discountedAmount: entry.discountedAmount,
      pointAmount: 0,
      regTs: tossTime(entry.at),
    })),
  }
}

/** The refunded amounts are negative, as in the parent API's sample; a reader has to take either sign. */
export const refundReply = (payment: Payment, refund: LedgerEntry): Success => ({
  refundNo: refund.refundNo,
  approvalTime: tossTime(refund.at),
  cashReceiptMgtKey: receiptKey(payment, refund),
  refundableAmount: leftOf(payment),
  discountedAmount: refund.discountedAmount,
  paidAmount: refund.paidAmount,
  refundedAmount: 0 - refund.amount,
  refundedDiscountAmount: 0 - refund.discountedAmount,
  refundedPaidAmount: 0 - refund.paidAmount,
  payToken: refund.payToken,
  transactionId: refund.transactionId,
  ...instrumentOf(payment),
})

const refundable: ReadonlySet<PayStatus> = new Set(["PAY_COMPLETE", "REFUND_PROGRESS", "REFUND_SUCCESS"])

/** The one card and the one account that buyers here have, masked as TossPay masks. */
const card = {
  cardMethodType: "CREDIT",
  cardUserType: "PERSONAL",
  cardNumber: "94101234****567*",
  cardBinNumber: "94101234",
  cardNum4Print: "567*",
}
const noCard = {
  cardMethodType: null,
  cardUserType: null,
  cardNumber: null,
  cardBinNumber: null,
  cardNum4Print: null,
}
const cardCompany = { cardCompanyName: "신한", cardCompanyCode: 1 }
const account = { accountBankCode: "092", accountBankName: "토스뱅크", accountNumber: "1000****1234" }
const noAccount = { accountBankCode: null, accountBankName: null, accountNumber: null }

/** The group that does not apply is null. */
const instrumentOf = ({ method }: Payment) => ({
  ...(method === "CARD" ? card : noCard),
  ...(method === "TOSS_MONEY" ? account : noAccount),
})

/** Real only with a live key. */
const authorizationNo = ({ mode }: Payment): string => (mode === "LIVE" ? "30012345" : "00000000")

/** Present means that a cash receipt was issued. */
const receiptKey = (payment: Payment, entry: LedgerEntry): string | null =>
  payment.cashReceipt && payment.method === "TOSS_MONEY" ? `CR-${entry.transactionId}` : null

const salesCheck = (entry: LedgerEntry): string =>
  `https://pay.toss.im/payfront/web/external/sales-check?transactionId=${entry.transactionId}`
