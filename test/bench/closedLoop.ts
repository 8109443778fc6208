/** A closed loop: so many clients, each of which begins its next lifecycle when its last one has ended. */

export interface Load {
  readonly clients: number
  readonly warmupMs: number
  readonly runMs: number
}

export interface Measured {
  readonly lifecyclesPerSecond: number
  /** Where there were many more before the time that was measured. */
  readonly lifecyclesInAll?: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the process that does the work, per 1,000 lifecycles. */
  readonly cpuSeconds: number
  /** Its memory at the end. */
  readonly rssMb: number
}

/** How many there were in all, those of the warm-up too: a process's CPU time counts both. */
export const lifecyclesIn = (
  { warmupMs, runMs }: Load,
  { lifecyclesPerSecond }: Pick<Measured, "lifecyclesPerSecond">,
) => Math.max((lifecyclesPerSecond * (warmupMs + runMs)) / 1000, 1)

/** Runs lifecycles until the time is over. One that fails ends the run: a contestant that errs is not measured. */
export const closedLoop = async (
  { clients, warmupMs, runMs }: Load,
  lifecycle: (client: number) => Promise<void>,
): Promise<Pick<Measured, "lifecyclesPerSecond" | "p50Ms" | "p99Ms">> => {
  const beginMs = performance.now() + warmupMs
  const endMs = beginMs + runMs
  const latenciesMs: Array<number> = []
  const client = async (number: number) => {
    for (let nowMs = performance.now(); nowMs < endMs; ) {
      const startedMs = nowMs
      await lifecycle(number)
      nowMs = performance.now()
      if (startedMs >= beginMs) latenciesMs.push(nowMs - startedMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  latenciesMs.sort((a, b) => a - b)
  const at = (part: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * part)] ?? Number.NaN
  return {
    lifecyclesPerSecond: (latenciesMs.length * 1000) / (performance.now() - beginMs),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}
