import { type StatePath, stateMeanings, stateName } from "../../../machines/index.ts"

/** A state with its finer state; its colour is one of seven. */
export const StateBadge = ({ at }: { readonly at: StatePath }) => {
  const [state, finer] = at.split(".")
  return (
    <span className={`state ${stateName(at)}`} title={stateMeanings[at]}>
      <b>{state}</b>
      <span>{finer}</span>
    </span>
  )
}
