/** Where a database's URL leads. In the URL itself the driver finds neither an IPv6 address nor a folder of sockets. */

import type postgres from "postgres"

const parts = /^(\w+:\/\/(?:[^/?]*@)?)([^/?]*)([^?]*)(.*)$/s

/** The hosts, with their ports, that it names: one, or several of which one is the primary at a time. */
export const hostsOf = (databaseUrl: string): ReadonlyArray<string> =>
  (parts.exec(databaseUrl)?.[2] ?? "").split(",")

/** The same URL with another host in place of its own. */
export const withHost = (databaseUrl: string, host: string): string =>
  databaseUrl.replace(parts, (_, before: string, __, database: string, query: string) =>
    [before, host, database, query].join(""),
  )

/** Where the folder of PostgreSQL's sockets is named, as libpq has it: postgres://user@/checkout?host=/run/postgresql. */
export const socketFolderOf = (databaseUrl: string): string | null => {
  const folder = parametersOf(databaseUrl).get("host")
  return folder?.startsWith("/") === true ? folder : null
}

/** For the driver: a URL, and the address where that is not enough. */
export const wayTo = (databaseUrl: string): readonly [url: string, address: Address] => {
  const folder = socketFolderOf(databaseUrl)
  const url = withHost(databaseUrl, "localhost")
  if (folder !== null) {
    const port = parametersOf(databaseUrl).get("port") ?? defaultPort
    return [url.replaceAll(/(?<=[?&])(host|port)=[^&]*&?/g, ""), { path: `${folder}/.s.PGSQL.${port}` }]
  }
  if (!databaseUrl.includes("[")) return [databaseUrl, {}]
  const addresses = hostsOf(databaseUrl).map((host) => /^\[?(.*?)\]?(?::(\d+))?$/.exec(host))
  const address = {
    host: addresses.map((address) => address?.[1] ?? ""),
    port: addresses.map((address) => Number(address?.[2] ?? defaultPort)),
  }
  // The driver takes several of each; its types say one.
  return [url, address as unknown as Address]
}

type Address = Pick<postgres.Options<Record<string, never>>, "host" | "port" | "path">

const defaultPort = 5432

const parametersOf = (databaseUrl: string) => new URLSearchParams(parts.exec(databaseUrl)?.[4])
