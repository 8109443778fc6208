import { useState } from "react"
import { signOut } from "../api/session.ts"
import { useSession } from "./session.ts"

/** Who is signed in, and the way out. */
export const SignOut = () => {
  const [problem, setProblem] = useState<string | null>(null)
  const name = useSession()?.name ?? null
  return (
    <div className="who">
      <span className="bad" role="alert">
        {problem}
      </span>
      {name !== null && <span className="muted">{name}</span>}
      <button type="button" className="plain" onClick={async () => setProblem(await signOut())}>
        Sign out
      </button>
    </div>
  )
}
