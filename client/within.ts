/** The answer, or `undefined` once the time is over. */
export const within = <A>(ms: number, answer: Promise<A>): Promise<A | undefined> => {
  let timer: ReturnType<typeof setTimeout>
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  return Promise.race([answer, end]).finally(() => clearTimeout(timer))
}
