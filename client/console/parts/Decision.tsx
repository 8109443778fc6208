import { type FormEvent, type ReactNode, useId, useRef, useState } from "react"
import { isFailure, read } from "../api/request.ts"
import { useSession } from "../session/session.ts"
import "../css/decision.css"

interface Props<A> {
  /** On the button that opens the form. */
  readonly label: string
  readonly title: string
  /** What follows from it. */
  readonly children: ReactNode
  /** On the button that does it, and while it is being done. */
  readonly act: string
  readonly acting: string
  readonly path: string
  /** What is asked of the server, once somebody has said why and, where no token says so, who they are. */
  readonly bodyOf: (why: string, who: string | undefined) => unknown
  readonly onDone: (answer: A) => void
}

/** Something that goes on record for good: it is done once somebody has said why, and who they are. */
export const Decision = <A,>({ label, title, children, act, acting, path, bodyOf, onDone }: Props<A>) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const id = useId()
  const name = useSession()?.name ?? null
  const [problem, setProblem] = useState<string | null>(null)
  const [isRunning, setIsRunning] = useState(false)

  const open = () => {
    form.current?.reset()
    setProblem(null)
    dialog.current?.showModal()
  }

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const said = (field: string) => fields.get(field)?.toString()
    setIsRunning(true)
    const answer = await read<A>(path, { method: "POST", body: bodyOf(said("why") ?? "", said("who")) })
    setIsRunning(false)
    if (isFailure(answer)) return setProblem(answer.message)
    dialog.current?.close()
    onDone(answer)
  }

  return (
    <>
      <button type="button" onClick={open}>
        {label}
      </button>
      <dialog ref={dialog} className="panel decision" aria-labelledby={`${id}-title`}>
        <form ref={form} onSubmit={submit}>
          <h2 id={`${id}-title`}>{title}</h2>
          {children}
          <label htmlFor={`${id}-why`}>Reason</label>
          <textarea id={`${id}-why`} name="why" required maxLength={200} rows={2} />
          {name === null && (
            <>
              <label htmlFor={`${id}-who`}>Your name</label>
              <input id={`${id}-who`} name="who" required maxLength={100} autoComplete="name" />
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
              {isRunning ? acting : act}
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
