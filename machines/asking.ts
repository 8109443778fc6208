/** What every state does that waits for an answer of TossPay. */

/** An open question is asked on schedule. What is no answer is noted, and changes nothing. */
export const asking = {
  StatusAsked: { actions: ["askCounted", "askStatus"] },
  StatusUnavailable: { actions: "noted" },
  StatusNotFound: { actions: "noted" },
} as const

/** The same until a day of questions is over: then a person is asked, where `review` leads. */
export const askingForADay = <const Review extends object>(review: Review) =>
  ({
    ...asking,
    StatusUnavailable: [review, { actions: "noted" }],
    StatusNotFound: [review, { actions: "noted" }],
  }) as const
