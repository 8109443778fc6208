import { useCallback, useEffect, useState } from "react"
import { type Failure, isFailure, read } from "./request.ts"

interface Resource<A> {
  /** The last good answer. While another path is read, the one before stands, so that nothing flickers. */
  readonly data: A | null
  readonly failure: Failure | null
  readonly isLoading: boolean
  readonly reload: () => void
}

/** What a path of the back office says, read again whenever the path changes, or what is to be found there. */
export const useResource = <A>(path: string, find = ""): Resource<A> => {
  const [data, setData] = useState<A | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isLoading, setIsLoading] = useState(true)
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((count) => count + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is a reason to read again
  useEffect(() => {
    const going = new AbortController()
    setIsLoading(true)
    read<A>(path, { signal: going.signal, find }).then(
      (answer) => {
        setIsLoading(false)
        if (isFailure(answer)) return setFailure(answer)
        setFailure(null)
        setData(answer)
      },
      // Only an answer that nobody waits for any more ends here.
      () => {},
    )
    return () => going.abort()
  }, [path, find, round])

  return { data, failure, isLoading, reload }
}
