/** The shop as buyers reach it: one name, several servers behind it, and every answer written down for the judge. */

import type { SeededRandom } from "../simulation/random.ts"
import type { Servers } from "./programs.ts"

export interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface CreatedAnswer {
  readonly orderId: string
  readonly payToken: string
  readonly amount: number
}

/** A definite answer to execute. */
export interface ExecuteAnswered {
  readonly payToken: string
  readonly reply: Reply
}

/** What buyers were told. Whatever is in here was answered, and so has to be true for good. */
export interface Answers {
  readonly created: Array<CreatedAnswer>
  readonly executed: Array<ExecuteAnswered>
  /** Answers that blame neither the buyer nor something that is away: defects of ours. */
  readonly defects: Array<string>
  /** Why somebody was told to come again, each time. */
  readonly away: Array<string>
  /** Requests that came back without an answer or with 5xx, and were sent again. */
  retries: number
}

export const noAnswers = (): Answers => ({ created: [], executed: [], defects: [], away: [], retries: 0 })

export interface Shop {
  /** One request to a server that is live, and again to another while nobody answers; `null` once patience is over. */
  readonly post: (
    path: string,
    body: unknown,
    userKey: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Reply | null>
}

const patienceInTries = 80

/** Longer than any honest answer takes here; a connection that hangs is one that failed. */
const longestAnswerMs = 15_000

export const shopOf = (
  { live, someLive }: Servers,
  answers: Answers,
  random: SeededRandom,
  gone: AbortSignal,
): Shop => ({
  post: async (path, body, userKey, headers = {}) => {
    let last = ""
    for (let tries = 0; tries < patienceInTries && !gone.aborted; tries += 1) {
      await someLive()
      const others = live().filter((url) => url !== last)
      last = random.pick(others.length > 0 ? others : [last])
      const reply = await once(`${last}${path}`, body, { "x-toss-user-key": userKey, ...headers }, gone)
      if (reply?.status === 500) answers.defects.push(`${path} was answered ${JSON.stringify(reply.body)}`)
      if (reply !== null && reply.status < 500) return reply
      if (reply !== null && reply.status > 500)
        answers.away.push(`${reply.status} ${String(reply.body["reason"])}`)
      if (!gone.aborted) answers.retries += 1
      await pause(random.whole(20, 250))
    }
    return null
  },
})

/** `null` for every way in which a connection fails. */
export const once = async (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  gone: AbortSignal,
): Promise<Reply | null> => {
  try {
    const reply = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.any([gone, AbortSignal.timeout(longestAnswerMs)]),
    })
    return { status: reply.status, body: (await reply.json()) as Reply["body"] }
  } catch {
    return null
  }
}

/** How long a person or a retry takes; nothing is synchronised by it. */
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
