/**
 * A driver that tells answers from what only looks like one. A statement that it gave to a connection in the moment in which
 * that one was reset was never sent; the start of the next connection then counts as its answer, without rows and without
 * an error (docs/adr/0017). Such an answer does not say which command it is of, as every other does.
 */

import type postgres from "postgres"

/** The same driver, but a statement without an answer of its own fails as one whose connection was lost. */
export const answered = (sql: postgres.Sql): postgres.Sql =>
  new Proxy(sql, {
    apply: (target, self, args) => withItsOwnAnswer(Reflect.apply(target, self, args)),
    get: (target, name) =>
      name === "unsafe"
        ? (...args: Parameters<postgres.Sql["unsafe"]>) => withItsOwnAnswer(target.unsafe(...args))
        : Reflect.get(target, name),
  })

const withItsOwnAnswer = <A>(made: A): A => {
  if (!(made instanceof Promise)) return made
  const then = made.then.bind(made)
  return Object.assign(made, {
    // biome-ignore lint/suspicious/noThenProperty: a statement is sent when somebody waits for it, which is what this keeps.
    then: (...handlers: Parameters<typeof then>) => then(expectAnswer).then(...handlers),
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
