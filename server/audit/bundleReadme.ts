import { stateMeanings } from "../../machines/index.ts"
import type { SealProof } from "../integrity/proof.ts"
import type { AuditRecord } from "./read.ts"
import { brokenWords, newerWords } from "./view.ts"

/** What is in the folder of an auditor, and how to check it without us. */
export const bundleReadme = (
  { checkout, events }: AuditRecord,
  seal: SealProof | null,
): string => `# Payment ${checkout.orderId}

${foreword(checkout)}${events.length} events, from ${events[0]?.recordedAt ?? "nothing"} to ${events.at(-1)?.recordedAt ?? "nothing"}. It stands at
\`${checkout.at}\`: ${stateMeanings[checkout.at] ?? `a state of ${checkout.newer === null ? "an older" : "a newer"} machine.`}

| file | what it is |
| --- | --- |
| \`timeline.txt\` | the whole story, for a reader: made of the events, and not checked |
| \`events.jsonl\` | every event as it was recorded, one JSON object a line, oldest first |
| \`evidence.json\` | TossPay's answers, each with both sides of every comparison with the order |
| \`checkout.json\` | how the payment stands; its order, amount, state, version, times and hash are checked |
| \`machine.json\` | every move that was allowed when the events were recorded, and what states and facts mean |
| \`path.mmd\` | the way it took, as a Mermaid diagram, for a reader |
| \`proof.json\` | the hash with which the history ends, and where the sealed log holds it |
| \`verify.mjs\` | a page of JavaScript that checks the JSON files |

## Check it

\`node verify.mjs\` with any Node from version 18 on, or do by hand what it does:

1. The events are versions 1, 2, 3 … of one checkout; each begins in the state in which the one before ended.
2. Each move is one of \`machine.json\`.
3. The hash of each is the SHA-256 of the event without its \`hash\`, as JSON with sorted keys and no white space (RFC 8785),
   in UTF-8. It covers \`prevHash\`, the hash of the event before, so the last one covers all of them.
4. The last hash is the one of \`proof.json\`:

       ${events.at(-1)?.hash ?? "none"}

5. \`evidence.json\` holds what the events hold, and \`checkout.json\` says of order, amount, state, version and times what they come to.

A folder that was made up as a whole would pass too. ${seal === null ? unsealed : sealed(seal)}

The payer is a fingerprint that only the shop can tie to a person, and cards and accounts are masked as TossPay masked them.
`

const foreword = ({ broken: where, newer: after }: AuditRecord["checkout"]): string =>
  where !== null ? broken(where) : after !== null ? newer(after) : ""

const broken = (where: NonNullable<AuditRecord["checkout"]["broken"]>): string => `**${brokenWords(where)}.**
Here is what the database holds now, which is evidence of that, and not of what happened.

`

const newer = (where: NonNullable<AuditRecord["checkout"]["newer"]>): string => `**${newerWords(where)}.**
The events are whole, each move is one that the database was told of by that release, and what they mean is not all said here.

`

const unsealed = `So compare the last hash with one that you have from elsewhere,
\`node verify.mjs <hash>\`: from an earlier export, or from somebody who wrote it down at the time. The history is too young to
be sealed; a folder that is made a minute later has a signed checkpoint as well.`

const sealed = ({ version, checkpoint }: SealProof): string => `Against that the whole log is sealed:
checkpoint ${checkpoint.number} of ${checkpoint.sealedAt}, signed with key ${checkpoint.keyId}, which the database does not have, holds version ${version}.
\`node verify-seal.mjs public-key.pem\` shows it, with the shop's public key from a source that you trust (Ed25519, in PEM;
\`openssl pkey -in checkpoint.key -pubout\` prints it where the key is). Or compare the last hash with one that you have from
elsewhere: \`node verify.mjs <hash>\`.`
