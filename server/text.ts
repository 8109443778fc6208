/** Text that people read, also what others wrote of it. */

/**
 * On one line: what moves a cursor, colours, or turns the direction of reading is shown as an escape, so that no text can pass for
 * more than it is. Within a JSON string it is another spelling of the same.
 */
export const onOneLine = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )

/** Lines that people read, each of which stays one. */
export const inLines = (lines: ReadonlyArray<string>): string => lines.map(onOneLine).join("\n")

/** Without control characters, which nobody types. */
export const withoutControls = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ").trim()

/** An amount, in whole won. */
export const inWon = (amount: number): string => `${amount.toLocaleString("en")} won`
