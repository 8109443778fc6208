/** Where a reader is in a stream: the feed of events, or the stream of alerts. */

/** Right after the item that has it. Ordered by its three parts, in this order. */
export interface Place {
  /** The transaction that wrote the item, as a number that only grows. */
  readonly position: number
  /** What the item is about: a checkout or an alert. */
  readonly topic: string
  readonly version: number
}

/** Before everything that has this position or a later one: no version is 0. */
export const startOf = (position: number): Place => ({
  position,
  topic: "00000000-0000-0000-0000-000000000000",
  version: 0,
})

export const comesAfter = (a: Place, b: Place): boolean =>
  a.position !== b.position
    ? a.position > b.position
    : a.topic !== b.topic
      ? a.topic > b.topic
      : a.version > b.version
