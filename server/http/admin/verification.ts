/** What a verification of the log found, as the back office reads it. */

import { Schema } from "effect"
import { Time } from "../schemas.ts"

const Count = Schema.Int

export const Verification = Schema.Struct({
  ok: Schema.Boolean.annotate({ description: "Nothing was found." }),
  since: Schema.NullOr(Schema.Struct({ checkpoint: Schema.Int, verifiedAt: Time })).annotate({
    description:
      "What lies before that checkpoint was in order then and was not read again; null: all was read.",
  }),
  wholeAt: Schema.NullOr(Time).annotate({
    description: "When the whole log was last read and found in order; null: that is not on record.",
  }),
  events: Count,
  checkpoint: Schema.NullOr(
    Schema.Struct({
      number: Schema.Int,
      count: Count,
      root: Schema.String,
      hash: Schema.String,
      sealedAt: Time,
    }),
  ).annotate({ description: "The last one that is genuine." }),
  unsealed: Count.annotate({ description: "Events that are newer than the last checkpoint." }),
  unjudged: Count.annotate({
    description:
      "How many of the events read a newer release wrote: their hashes and their order were checked, and whether they are legal only that release can judge. Not 0: this verification does not count as one of the whole log.",
  }),
  verifiedAt: Time,
  durationMs: Schema.Int,
  findings: Schema.Array(
    Schema.Struct({
      kind: Schema.String,
      checkoutId: Schema.NullOr(Schema.String),
      version: Schema.NullOr(Schema.Int),
      checkpoint: Schema.NullOr(Schema.Int),
      words: Schema.String,
    }),
  ).annotate({ description: "The first thousand of them." }),
  findingCount: Count,
}).annotate({ identifier: "Verification" })
