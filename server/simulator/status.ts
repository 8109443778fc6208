/**
 * The states of a payment at TossPay and the moves between them (TossPay reference: pay states and their order).
 * Every change of a status, whoever asks for it, is one of these moves.
 */

export const payStatuses = [
  "PAY_STANDBY",
  "PAY_APPROVED",
  "PAY_CANCEL",
  "PAY_PROGRESS",
  "PAY_COMPLETE",
  "REFUND_PROGRESS",
  "REFUND_SUCCESS",
  "SETTLEMENT_COMPLETE",
  "SETTLEMENT_REFUND_COMPLETE",
] as const

export type PayStatus = (typeof payStatuses)[number]

/**
 * Where each status may go by itself. REFUND_SUCCESS goes back to REFUND_PROGRESS as well, but only with a part that is left to
 * give back.
 */
export const legalMoves: Readonly<Record<PayStatus, ReadonlyArray<PayStatus>>> = {
  PAY_STANDBY: ["PAY_APPROVED", "PAY_CANCEL"],
  PAY_APPROVED: ["PAY_PROGRESS", "PAY_CANCEL"],
  PAY_CANCEL: [],
  PAY_PROGRESS: ["PAY_COMPLETE", "PAY_CANCEL", "PAY_APPROVED"],
  PAY_COMPLETE: ["REFUND_PROGRESS", "SETTLEMENT_COMPLETE"],
  REFUND_PROGRESS: ["REFUND_SUCCESS", "PAY_COMPLETE"],
  REFUND_SUCCESS: ["SETTLEMENT_REFUND_COMPLETE"],
  SETTLEMENT_COMPLETE: [],
  SETTLEMENT_REFUND_COMPLETE: [],
}

export const isLegalMove = (from: PayStatus, to: PayStatus): boolean => legalMoves[from].includes(to)

/** The buyer was charged, whatever happened since. */
export const moneyWasTaken = (status: PayStatus): boolean => !beforeMoney.has(status)

const beforeMoney: ReadonlySet<PayStatus> = new Set([
  "PAY_STANDBY",
  "PAY_APPROVED",
  "PAY_CANCEL",
  "PAY_PROGRESS",
])

/** A payment in one of these ends by itself when its time is over. */
export const canLapse = (status: PayStatus): boolean => status === "PAY_STANDBY" || status === "PAY_APPROVED"
