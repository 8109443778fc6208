import { type FormEvent, useState } from "react"
import { isAccepted } from "../api/request.ts"
import { Mark } from "../parts/Mark.tsx"
import { signIn, useNotice } from "./session.ts"

/** The token is tried before it is believed, and goes nowhere but into a header. */
export const SignIn = () => {
  const [problem, setProblem] = useState<string | null>(null)
  const [isTrying, setIsTrying] = useState(false)
  const notice = useNotice()

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim()
    setIsTrying(true)
    const verdict = await isAccepted(token)
    setIsTrying(false)
    if (verdict === true) signIn(token)
    else setProblem(verdict)
  }

  return (
    <main className="sign-in">
      <form className="panel" onSubmit={submit}>
        <Mark />
        <h1>Audit console</h1>
        <p className="muted">
          Every checkout, every step of it, and the evidence for each. For whoever holds the token of the back
          office.
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
          The server's setting ADMIN_TOKEN. Outside production the server prints one when it starts. It stays
          in this tab until you sign out or close it.
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
