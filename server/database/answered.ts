/**
 * A driver that knows whether it was answered. A statement that postgres.js gave to a connection in the moment in which that
 * one was reset was never sent; the start of the next connection then counts as its answer, without rows and without an error
 * (docs/adr/0017). Such an answer does not say which command it is of, as every other does. And where a machine is lost
 * without a word, or a firewall forgets a connection, nothing comes at all, until the network gives up after a quarter of an hour.
 */

import type postgres from "postgres"

export interface Silence {
  /** A connection that leaves a statement unanswered, and says nothing else, for so long is as good as dead. */
  readonly silentMs: number
  readonly onSilence: () => void
}

interface Statement {
  /** The driver's own name for the connection that it was sent on; `null` before it is. */
  readonly state: object | null
}

/**
 * The same driver, but a statement without an answer of its own fails as one whose connection was lost, and what is asked after
 * a connection fell silent is asked in a new pool. The old one ends when it has answered, should it only be slow.
 */
export const answered = (open: () => postgres.Sql, { silentMs, onSilence }: Silence): postgres.Sql => {
  let pool = open()
  const heardAtMs = new WeakMap<object, number>()

  /** One that was never heard yet is being made, or was a moment ago: it is heard of from now on. */
  const isSilent = (connection: object) => {
    const nowMs = performance.now()
    const sinceMs = heardAtMs.get(connection)
    if (sinceMs === undefined) heardAtMs.set(connection, nowMs)
    return sinceMs !== undefined && nowMs - sinceMs >= silentMs
  }

  /** Until what it answers is called, looks again and again; one look would miss what is sent after it, or falls silent then. */
  const watch = (askedIn: postgres.Sql, statement: Statement) => {
    let isAnswered = false
    let patience: NodeJS.Timeout | undefined
    const look = () => {
      if (isAnswered || askedIn !== pool) return
      if (statement.state === null || !isSilent(statement.state)) return wait()
      pool = open()
      void askedIn.end()
      onSilence()
    }
    const wait = () => {
      // What has come while the process stood still is read first.
      patience = setTimeout(() => setImmediate(look), silentMs).unref()
    }
    wait()
    return () => {
      isAnswered = true
      clearTimeout(patience)
      if (statement.state !== null) heardAtMs.set(statement.state, performance.now())
    }
  }

  const withItsOwnAnswer = <A>(made: A): A => {
    if (!(made instanceof Promise)) return made
    const askedIn = pool
    const then = made.then.bind(made)
    return Object.assign(made, {
      // biome-ignore lint/suspicious/noThenProperty: a statement is sent when somebody waits for it, which is what this keeps.
      then: (...handlers: Parameters<typeof then>) => {
        const heard = watch(askedIn, made as unknown as Statement)
        return then(
          (answer: unknown) => {
            heard()
            return expectAnswer(answer)
          },
          (error: unknown) => {
            heard()
            throw error
          },
        ).then(...handlers)
      },
    })
  }

  return new Proxy(pool, {
    apply: (_, self, args) => withItsOwnAnswer(Reflect.apply(pool, self, args)),
    get: (_, name) =>
      name === "unsafe"
        ? (...args: Parameters<postgres.Sql["unsafe"]>) => withItsOwnAnswer(pool.unsafe(...args))
        : Reflect.get(pool, name),
  })
}

const expectAnswer = <A>(answer: A): A => {
  if (Array.isArray(answer) && "command" in answer && answer.command === null) throw lost()
  return answer
}

/** As the driver itself says it. */
const lost = () =>
  Object.assign(new Error("the connection ended before the statement was sent"), {
    code: "CONNECTION_CLOSED",
  })
