/** The reason of a refund, in the form in which TossPay takes it. */

/** In UTF-16 code units, all of which are whole characters here. */
export const longestReason = 55

/** What TossPay allows in a reason; a blank is not among it (TossPay reference: refund-payment). */
const notAllowed = /[^ㄱ-ㅎㅏ-ㅣ가-힣A-Za-z0-9_:.^@()[\]#/!%?&-]+/g

/** What is sent when nothing of a reason is left. */
const withoutWords = "refund"

/** Blanks become underscores, what else is not allowed goes, and what is too long is cut. Hangul is composed first. */
export const refundReason = (text: string): string =>
  text.normalize("NFC").trim().replaceAll(/\s+/g, "_").replaceAll(notAllowed, "").slice(0, longestReason) ||
  withoutWords
