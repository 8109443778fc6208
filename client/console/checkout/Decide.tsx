import { Decision } from "../parts/Decision.tsx"
import { useSession } from "../session/session.ts"

/** Decides a payment that a day of questions left open. What came of it is read from the log. */
export const Decide = ({
  orderId,
  onDone,
}: {
  readonly orderId: string
  readonly onDone: (said: string) => void
}) =>
  useSession()?.role === "read" ? null : (
    <Decision<{ readonly message: string }>
      label="Decide…"
      title="Decide by what TossPay says now?"
      act="Ask and decide"
      acting="Asking TossPay…"
      path={`/checkouts/${encodeURIComponent(orderId)}/decide`}
      bodyOf={(why, who) => ({ why, who })}
      onDone={({ message }) => onDone(message)}
    >
      <p>
        TossPay is asked once more about <span className="mono">{orderId}</span>, and what it says decides. It
        charges nothing. Look the order up on TossPay's dashboard first.
      </p>
    </Decision>
  )
