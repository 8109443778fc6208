// Checks that a signed checkpoint of the whole log holds this history: `node verify-seal.mjs public-key.pem` in this folder, with
// the shop's public key from elsewhere. Run verify.mjs as well: it shows that the sealed event covers those before it.
import { createHash, createPublicKey, verify } from "node:crypto"
import { readFileSync } from "node:fs"

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8")
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest()
const refuse = (why) => {
  console.error(why)
  process.exit(2)
}
const keyFrom = (file) => {
  try {
    return createPublicKey(readFileSync(file))
  } catch (error) {
    return refuse(`${file} is no public key in PEM that can be read: ${error.message}`)
  }
}
const [file] = process.argv.slice(2)
const key = file === undefined ? refuse("usage: node verify-seal.mjs public-key.pem") : keyFrom(file)

const { seal } = JSON.parse(read("proof.json"))
const { index, path, version, checkpoint } = seal
const { count, keyId, number, place, prevHash, root, sealedAt, signature } = checkpoint
const line = read("events.jsonl").trim().split("\n")[version - 1]
if (line === undefined) refuse(`events.jsonl has no version ${version}, which was sealed`)
const event = JSON.parse(line)

// The leaf and its way up to the root: RFC 6962, section 2.1.
const nth = Buffer.alloc(4)
nth.writeUInt32BE(version)
const entry = [Buffer.from(event.checkoutId.replaceAll("-", ""), "hex"), nth, Buffer.from(event.hash, "hex")]
const climb = (from, to, rest) => {
  if (to - from === 1) return sha256(Buffer.of(0), ...entry)
  const middle = from + 2 ** Math.floor(Math.log2(to - from - 1))
  const sibling = Buffer.from(path[rest - 1] ?? "", "hex")
  return index < middle
    ? sha256(Buffer.of(1), climb(from, middle, rest - 1), sibling)
    : sha256(Buffer.of(1), sibling, climb(middle, to, rest - 1))
}

const wrong = []
if (climb(0, count, path.length).toString("hex") !== root) wrong.push("the event is not in the checkpoint")
const { checkoutId, position } = place
const signed = {
  count,
  keyId,
  number,
  place: { checkoutId, position, version: place.version },
  prevHash,
  root,
  sealedAt,
}
const text = Buffer.from(JSON.stringify(signed))
if (!verify(null, text, key, Buffer.from(signature, "base64")))
  wrong.push("the checkpoint is not signed with this key")
console.log(
  wrong.length === 0
    ? `sealed: version ${version}, by checkpoint ${number} at ${sealedAt}`
    : wrong.join("\n"),
)
process.exitCode = wrong.length === 0 ? 0 : 1
