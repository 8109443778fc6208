import type { Failure } from "../api/request.ts"

/** Why there is nothing to see, and a way to try again where that may help. */
export const Problem = ({
  failure,
  onRetry,
}: {
  readonly failure: Failure
  readonly onRetry: () => void
}) => (
  <div className="problem" role="alert">
    <p>{failure.message}</p>
    <button type="button" onClick={onRetry}>
      Try again
    </button>
  </div>
)
