/** Moments as people write them. */

const form = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/**
 * ISO 8601 in UTC, of a date (midnight UTC) or of a time with its zone. `null` if it is neither, if there is no such day, or if
 * it is before 1970.
 */
export const momentOf = (text: string): string | null => {
  const [, year, month, day] = (form.exec(text) ?? []).map(Number)
  const atMs = Date.parse(text)
  if (year === undefined || month === undefined || day === undefined || !(atMs >= 0)) return null
  // Date.parse takes the 30th of February for the 2nd of March.
  const isThere = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  return isThere ? new Date(atMs).toISOString() : null
}
