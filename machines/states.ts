/**
 * What each state means to the worker that owns it and to the buyer. The words for people are in meanings.ts.
 * Everything outside the machine that depends on a state asks this catalogue, so that nobody compares states.
 */

/** The seven states of the outside contract. */
export const stateNames = [
  "minted",
  "authenticating",
  "authenticated",
  "executing",
  "settled",
  "mismatched",
  "failed",
] as const

export type StateName = (typeof stateNames)[number]

/** How far a request to execute has come: paid, still being found out, refused for a reason, or mismatched. */
export type Outcome = "paid" | "pending" | "mismatched" | "failed" | "unauthenticated"

interface StateInfo {
  /** Who moves it on: the buyer's webview, the server's worker, a person, or nobody (an end). */
  readonly owner: "buyer" | "server" | "person" | "nobody"
  /** A new payment for the same goods cannot charge the buyer twice. */
  readonly safeToRetry: boolean
  readonly outcome: Outcome
  /** A call of ours is on its way that will tell soon, so whoever asks for the outcome waits for it. */
  readonly tellsSoon: boolean
  /** How far a refund has come. */
  readonly refund: "refunding" | "refunded" | null
}

/** What holds of a state unless it says otherwise. */
const usually = { safeToRetry: false, tellsSoon: false, refund: null } as const

/** TossPay is asked until the outcome is known. */
const asking = { ...usually, owner: "server", outcome: "pending" } as const

/** A call of ours is on its way. */
const calling = { ...asking, tellsSoon: true } as const

const beforeTheCharge = { ...usually, owner: "buyer", outcome: "unauthenticated" } as const

/** Money is to go back, and the server sees to it. */
const refunding = { ...usually, owner: "server", refund: "refunding" } as const

/** An end after which the buyer may buy again. */
const over = { ...usually, owner: "nobody", safeToRetry: true } as const

const paid = { outcome: "paid" } as const
const mismatched = { outcome: "mismatched" } as const

export const states = {
  "minted.requesting": calling,
  "minted.ready": beforeTheCharge,
  "minted.lapsing": asking,
  "authenticating.sheet": beforeTheCharge,
  "authenticating.unknown": { ...beforeTheCharge, owner: "server" },
  "authenticated.claimed": { ...asking, owner: "buyer" },
  "authenticated.confirmed": calling,
  "executing.calling": calling,
  "executing.unknown": asking,
  "executing.postponed": asking,
  "executing.refused": calling,
  "executing.review": { ...asking, owner: "person" },
  "settled.paid": { ...usually, ...paid, owner: "nobody" },
  "settled.owed": { ...refunding, ...paid },
  "settled.refunding": { ...refunding, ...paid },
  "settled.stuck": { ...refunding, ...paid, owner: "person" },
  "settled.refunded": { ...over, ...paid, refund: "refunded" },
  "mismatched.charged": { ...usually, ...mismatched, owner: "person" },
  "mismatched.owed": { ...refunding, ...mismatched },
  "mismatched.refunding": { ...refunding, ...mismatched },
  "mismatched.stuck": { ...refunding, ...mismatched, owner: "person" },
  "mismatched.refunded": { ...over, ...mismatched, refund: "refunded" },
  "mismatched.open": { ...asking, ...mismatched },
  "mismatched.closed": { ...over, ...mismatched },
  "failed.open": { ...asking, outcome: "failed" },
  "failed.closed": { ...over, outcome: "failed" },
} as const satisfies Record<string, StateInfo>

/** A state with its finer state, such as `executing.unknown`. */
export type StatePath = keyof typeof states

export const statePaths = Object.keys(states) as ReadonlyArray<StatePath>

export const stateInfo = (path: StatePath): StateInfo => states[path]

/** The states that this owner moves on. */
export const statesOf = (owner: StateInfo["owner"]): ReadonlyArray<StatePath> =>
  statePaths.filter((path) => states[path].owner === owner)

/** The contract's name of a state: the part before the dot. */
export const stateName = (path: StatePath): StateName => path.split(".")[0] as StateName

/** The states in which the buyer was told that nothing is paid, and TossPay is still asked whether a charge comes to light. */
export const watchedStates: ReadonlyArray<StatePath> = statesOf("server").filter((path) => {
  const { outcome, refund } = states[path]
  return refund === null && (outcome === "failed" || outcome === "mismatched")
})

/** The states in which TossPay may have charged, and what came of it is not known. */
export const executingStates: ReadonlyArray<StatePath> = statePaths.filter(
  (path) => stateName(path) === "executing",
)
