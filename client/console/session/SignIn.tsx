import { type FormEvent, useState } from "react"
import { signIn } from "../api/session.ts"
import { Mark } from "../parts/Mark.tsx"
import { useNotice } from "./session.ts"

/** The token opens a session, and is kept nowhere. */
export const SignIn = () => {
  const [problem, setProblem] = useState<string | null>(null)
  const [isTrying, setIsTrying] = useState(false)
  const notice = useNotice()

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim()
    setIsTrying(true)
    setProblem(await signIn(token))
    setIsTrying(false)
  }

  return (
    <main className="sign-in">
      <form className="panel" onSubmit={submit}>
        <Mark />
        <h1>Audit console</h1>
        <p className="muted">
          Every checkout, every step of it, and the evidence for each. For whoever holds a token of the back
          office; every use goes on record.
        </p>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby="token-help"
        />
        <p id="token-help" className="muted small">
          Your own, or the server's setting ADMIN_TOKEN; outside production the server prints one when it
          starts. You stay signed in on this browser for eight hours, or until you sign out.
        </p>
        <p role="alert" className="bad">
          {problem ?? notice}
        </p>
        <button type="submit" className="primary" disabled={isTrying}>
          {isTrying ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  )
}
