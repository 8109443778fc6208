/** The answer, or `undefined` once the time is over. */
export const within = <A>(ms: number, answer: Promise<A>): Promise<A | undefined> => {
  let timer: ReturnType<typeof setTimeout>
  const end = new Promise<undefined>((resolve) => {
    // A timer of more would end at once.
    timer = setTimeout(resolve, Math.min(ms, 0x7fff_ffff), undefined)
  })
  return Promise.race([answer, end]).finally(() => clearTimeout(timer))
}
