/** Which address a request counts for: the one that connected, or the one that a proxy of ours says it speaks for. */

import { BlockList, isIP } from "node:net"
import { Option } from "effect"
import type { HttpServerRequest } from "effect/http"

export interface AddressRange {
  readonly network: string
  readonly bits: number
}

/** An address, or a network such as `10.0.0.0/8`; `null` if it is neither. */
export const addressRange = (text: string): AddressRange | null => {
  const [, network = "", given] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const most = isIP(network) === 6 ? 128 : 32
  const bits = given === undefined ? most : Number(given)
  return isIP(network) === 0 || bits > most ? null : { network, bits }
}

/**
 * `X-Forwarded-For` is read from its end, as long as what wrote it is a proxy of ours: whatever stands before that anybody
 * may have written. Addresses of IPv6 count by their network of 64 bits, because each customer has one of those to himself.
 */
export const clientAddress = (proxies: ReadonlyArray<AddressRange>) => {
  const ours = new BlockList()
  for (const { network, bits } of proxies) ours.addSubnet(network, bits, familyOf(network))
  const isOurs = (address: string) => ours.check(address, familyOf(address))

  return (request: HttpServerRequest.HttpServerRequest): string => {
    let address = bare(Option.getOrElse(request.remoteAddress, () => ""))
    const forwarded = (request.headers["x-forwarded-for"] ?? "").split(",")
    while (isIP(address) !== 0 && isOurs(address)) {
      const before = bare(forwarded.pop() ?? "")
      if (isIP(before) === 0) break
      address = before
    }
    return isIP(address) === 6 ? networkOf(address) : address
  }
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** Without a port, and an address of IPv4 as itself however it was written. */
const bare = (text: string): string => {
  const written = text.trim().replace(/^\[(.*)\](:\d+)?$/, "$1")
  return written.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1").replace(/^::ffff:(?=\d+\.)/i, "")
}

const networkOf = (address: string): string => {
  const [head = "", tail = ""] = address.replace(/%.*$/, "").split("::")
  const [front, back] = [groups(head), groups(tail)]
  const all = [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`
}

const groups = (text: string): ReadonlyArray<string> => (text === "" ? [] : text.split(":"))
