/** Money, moments and durations as people read them. */

const wonFormat = new Intl.NumberFormat("en-US", { style: "currency", currency: "KRW" })
const countFormat = new Intl.NumberFormat("en-US")
const momentFormat = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
})
const clockFormat = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
})

export const won = (amount: number): string => wonFormat.format(amount)

export const count = (number: number): string => countFormat.format(number)

/** Whole numbers that grow, with what follows one upon the other drawn together: `3, 5–8`. */
export const ranges = (numbers: ReadonlyArray<number>): string =>
  numbers
    .filter((number) => !(numbers.includes(number - 1) && numbers.includes(number + 1)))
    .map((number) => (numbers.includes(number + 1) ? `${number}–` : `${number}, `))
    .join("")
    .slice(0, -2)

/** In the reader's own zone; the exact moment is in the element around it. */
export const moment = (iso: string): string => momentFormat.format(new Date(iso))

export const clock = (iso: string): string => clockFormat.format(new Date(iso))

/** Two units at most: `350 ms`, `4.2 s`, `3 min 10 s`, `5 h 2 min`, `2 d 4 h`. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1_000)
  const units = [
    ["d", Math.floor(seconds / 86_400)],
    ["h", Math.floor(seconds / 3_600) % 24],
    ["min", Math.floor(seconds / 60) % 60],
    ["s", seconds % 60],
  ] as const
  const first = units.findIndex(([, amount]) => amount > 0)
  return units
    .slice(first, first + 2)
    .filter(([, amount]) => amount > 0)
    .map(([unit, amount]) => `${amount} ${unit}`)
    .join(" ")
}

/** The beginning of a hash or fingerprint, enough to compare by eye. */
export const short = (hash: string): string => hash.slice(0, 12)
