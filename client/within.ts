/** The answer; `undefined` if it fails, or once the time is over. */
export const within = <A>(ms: number, answer: Promise<A>): Promise<A | undefined> =>
  new Promise((resolve) => {
    const giveUp = () => resolve(undefined)
    // A timer of more would end at once.
    const timer = setTimeout(giveUp, Math.min(ms, 2e9))
    answer.then(resolve, giveUp).finally(() => clearTimeout(timer))
  })
