/** PgBouncer in transaction mode, where it is installed: in front of this worker's PostgreSQL, with few connections to share. */

import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { asOrdinaryUser, freePort } from "../../server/database/embedded.ts"
import { postgresUrl } from "./database.ts"

const program = ["pgbouncer", "/usr/sbin/pgbouncer"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
)

/** Why nothing can be tried with PgBouncer here; `null` if it can. */
export const noPgbouncer = program === undefined ? "PgBouncer is not installed" : null

/** Starts it, and leaves nothing of it behind. Gives what turns a URL of this worker's PostgreSQL into one that goes by it. */
export const pgbouncer = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => start()),
    ({ stop }) => Effect.promise(stop),
  ),
  ({ port }) =>
    (url: string): string =>
      Object.assign(new URL(url), { port: String(port) }).toString(),
)

const start = async () => {
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-pgbouncer-"))
  const { hostname, port: serverPort, username, password } = new URL(postgresUrl())
  const port = await freePort()
  const settings = `
[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
`
  writeFileSync(join(folder, "pgbouncer.ini"), settings, { mode: 0o600 })
  // It refuses to run as root, as PostgreSQL does.
  const [command, args] = asOrdinaryUser(program ?? "", ["-q", join(folder, "pgbouncer.ini")])
  const child = spawn(command, args, { stdio: "ignore" })
  const ended = once(child, "exit")
  await listening(port, ended)
  return {
    port,
    stop: async () => {
      child.kill("SIGTERM")
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** It says nothing when it is ready, so it is asked until it answers. */
const listening = async (port: number, ended: Promise<unknown>): Promise<void> => {
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    const socket = createConnection(port, "127.0.0.1")
    const isThere = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isThere) return
  }
  throw new Error("PgBouncer ended before it listened")
}
