import type { CheckoutRow } from "../api/types.ts"
import { Decision } from "../parts/Decision.tsx"
import { won } from "../parts/format.ts"
import { useSession } from "../session/session.ts"

/** Gives the whole payment back. What came of it is read from the log, and what is yet to come is said. */
export const Refund = ({
  checkout: { orderId, amount },
  onDone,
}: {
  readonly checkout: CheckoutRow
  readonly onDone: (said: string) => void
}) =>
  useSession()?.role === "read" ? null : (
    <Decision<{ readonly message?: string }>
      label="Refund…"
      title={`Give ${won(amount)} back?`}
      act={`Give ${won(amount)} back`}
      acting="Asking TossPay…"
      path={`/checkouts/${encodeURIComponent(orderId)}/refund`}
      bodyOf={(reason, who) => ({ reason, who })}
      onDone={({ message = "" }) => onDone(message)}
    >
      <p>
        TossPay is asked to return the whole payment of <span className="mono">{orderId}</span>. It cannot be
        undone.
      </p>
    </Decision>
  )
