import { type FormEvent, useRef, useState } from "react"
import { isFailure, read } from "../api/request.ts"
import type { CheckoutRow } from "../api/types.ts"
import { won } from "../parts/format.ts"
import { useSession } from "../session/session.ts"
import "../css/refund.css"

interface Answer {
  readonly reason: string
  readonly message?: string
}

/** Gives the whole payment back, once somebody has said why and who they are. What came of it is read from the log. */
export const Refund = ({
  checkout,
  onDone,
}: {
  readonly checkout: CheckoutRow
  readonly onDone: () => void
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const session = useSession()
  const name = session?.name ?? null
  const [problem, setProblem] = useState<string | null>(null)
  const [isRunning, setIsRunning] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setIsRunning(true)
    const answer = await read<Answer>(`/checkouts/${encodeURIComponent(checkout.orderId)}/refund`, {
      method: "POST",
      body: { reason: form.get("reason"), who: form.get("who") ?? undefined },
    })
    setIsRunning(false)
    if (isFailure(answer)) return setProblem(answer.message)
    dialog.current?.close()
    onDone()
  }

  if (session?.role === "read") return null
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Refund…
      </button>
      <dialog ref={dialog} className="panel refund" aria-labelledby="refund-title">
        <form onSubmit={submit}>
          <h2 id="refund-title">Give {won(checkout.amount)} back?</h2>
          <p>
            TossPay is asked to return the whole payment of <span className="mono">{checkout.orderId}</span>.
            It cannot be undone.
          </p>
          <label htmlFor="refund-reason">Reason</label>
          <textarea id="refund-reason" name="reason" required maxLength={200} rows={2} />
          {name === null && (
            <>
              <label htmlFor="refund-who">Your name</label>
              <input id="refund-who" name="who" required maxLength={100} autoComplete="name" />
            </>
          )}
          <p className="muted small">
            {name === null ? "Both go on record, for good." : `It goes on record with your name, ${name}.`}
          </p>
          <p role="alert" className="bad">
            {problem}
          </p>
          <div className="actions">
            <button type="submit" className="primary" disabled={isRunning}>
              {isRunning ? "Asking TossPay…" : `Give ${won(checkout.amount)} back`}
            </button>
            <button type="button" disabled={isRunning} onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}
