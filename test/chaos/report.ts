/** What a run says when it is over, and what it has to show for each law that was broken. */

import type { Chaos, Outcome } from "./chaos.ts"

export const summary = (settings: Chaos, outcome: Outcome): string => {
  const { books, wrong } = outcome
  const { answers } = books
  const paid = answers.executed.filter(({ reply }) => reply.body["ok"] === true).length
  const ends = [...Map.groupBy(books.checkouts, ({ state }) => state)].map(
    ([state, rows]) => [state, rows.length] as const,
  )
  return [
    `seed ${settings.seed}: ${settings.lifecycles} lifecycles on ${settings.servers} servers in ${outcome.seconds.toFixed(1)} s, ` +
      `of which ${outcome.secondsToCalm.toFixed(1)} s until nothing was unfinished`,
    `  kills              ${outcome.kills} (${outcome.starts} starts, ${outcome.fruitlessStarts} that were killed or found no database)`,
    `  ${settings.standby ? "failovers        " : "database restarts"}  ${outcome.restarts}`,
    `  faults injected    ${outcome.faults}`,
    `  requests repeated  ${answers.retries}`,
    `  answers            ${answers.created.length} created, ${paid} paid, ${answers.executed.length - paid} not paid`,
    `  charges            ${books.ledger.filter(({ kind }) => kind === "charge").length}`,
    `  log                ${books.checkouts.length} checkouts, ${[...books.histories.values()].flat().length} events`,
    ...ends.sort(([a], [b]) => (a < b ? -1 : 1)).map(([state, count]) => `    ${state.padEnd(22)} ${count}`),
    `  broken laws        ${wrong.length}`,
    ...wrong.map((line) => `    ${line}`),
    ...(settings.keep ? [`  kept in            ${outcome.folder}`] : []),
  ].join("\n")
}

/** The ledger and the history of every order that a broken law names, one JSON line each. */
export const evidence = ({ books, wrong }: Outcome): string =>
  books.checkouts
    .filter(({ orderId }) => wrong.some((line) => line.includes(orderId)))
    .slice(0, mostEvidence)
    .flatMap(({ orderId, checkoutId }) => [
      ...books.ledger.filter(({ orderNo }) => orderNo === orderId),
      ...(books.histories.get(checkoutId) ?? []),
    ])
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("")

/** More orders than these do not make a cause clearer. */
const mostEvidence = 10
