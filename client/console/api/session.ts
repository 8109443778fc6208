/** Signing in, out, and finding out whether one is. The token goes to the server once and is kept nowhere. */

import { type Session, sessionIs } from "../session/session.ts"
import { isFailure, read } from "./request.ts"

const path = "/session"

/** Asked when the console opens: a session outlives its tab. */
export const findSession = async (): Promise<void> => {
  const answer = await read<Session>(path)
  if (!isFailure(answer)) return sessionIs(answer)
  sessionIs(null, answer.reason === "UNAUTHENTICATED" ? null : answer.message)
}

/** `null`, or why not. */
export const signIn = async (token: string): Promise<string | null> => {
  const answer = await read<Session>(path, { method: "POST", body: { token } })
  if (isFailure(answer)) {
    return answer.reason === "UNAUTHENTICATED" ? "This is not a token of this server." : answer.message
  }
  // The browser may have refused the cookie, and then nothing else would work.
  const kept = await read<Session>(path)
  if (isFailure(kept)) {
    return kept.reason === "UNAUTHENTICATED"
      ? "The browser did not keep the session. The console needs HTTPS, or localhost."
      : kept.message
  }
  sessionIs(kept)
  return null
}

/** Signed out is only who the server has forgotten: `null`, or why that is not so. */
export const signOut = async (): Promise<string | null> => {
  const answer = await read<unknown>(path, { method: "DELETE" })
  if (isFailure(answer) && answer.reason !== "UNAUTHENTICATED") return answer.message
  sessionIs(null)
  return null
}
