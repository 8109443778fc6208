/**
 * Group commit: appends that wait at the same moment share one statement, so one trip and one sync to disk serve
 * them all. Nobody waits for company: a batch leaves as soon as a lane is free.
 */

/** How many statements may be in flight. Two keep the database busy while the other's reply is on its way. */
const lanes = 2

/** Below this many outstanding items a batch is not split between the lanes: half-empty statements cost more. */
const splitFrom = 16

interface Waiting<A, E> {
  readonly item: A
  readonly done: (failure: E | null) => void
}

/**
 * `send` writes a batch and reports each item's failure (`null`: written); it hears how many are left waiting. `streamOf`
 * names what an item belongs to: a batch never holds two items of one stream, because only one of them can have the right
 * version.
 */
export const groupCommit = <A, E>(options: {
  readonly send: (batch: ReadonlyArray<A>, waiting: number) => Promise<ReadonlyArray<E | null>>
  readonly streamOf: (item: A) => string
}) => {
  let waiting: Array<Waiting<A, E>> = []
  let flying = 0
  let busyLanes = 0

  const takeBatch = (): ReadonlyArray<Waiting<A, E>> => {
    const outstanding = waiting.length + flying
    const most = outstanding < splitFrom ? outstanding : Math.ceil(outstanding / lanes)
    const streams = new Set<string>()
    const batch: Array<Waiting<A, E>> = []
    const rest: Array<Waiting<A, E>> = []
    for (const entry of waiting) {
      const stream = options.streamOf(entry.item)
      const fits = batch.length < most && !streams.has(stream)
      ;(fits ? batch : rest).push(entry)
      streams.add(stream)
    }
    waiting = rest
    return batch
  }

  const pump = (): void => {
    while (busyLanes < lanes && waiting.length > 0) void fly(takeBatch())
  }

  const fly = async (batch: ReadonlyArray<Waiting<A, E>>): Promise<void> => {
    busyLanes += 1
    flying += batch.length
    try {
      const failures = await options.send(
        batch.map((entry) => entry.item),
        waiting.length,
      )
      batch.forEach((entry, index) => {
        entry.done(failures[index] ?? null)
      })
    } finally {
      busyLanes -= 1
      flying -= batch.length
      pump()
    }
  }

  return {
    /** Queues an item; `done` is called once. */
    submit: (item: A, done: (failure: E | null) => void): void => {
      waiting.push({ item, done })
      // After this tick, so that everything that becomes ready together leaves together.
      queueMicrotask(pump)
    },
  }
}
