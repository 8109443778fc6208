/**
 * The container image where there is no container engine: its Dockerfile carried out in a folder, and its command run as
 * an engine would: the first process, nobody special, and nothing to write to. The stage that builds is not carried out;
 * `pack` built the same.
 */

import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdirSync, readFileSync, renameSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { root, run } from "./newApp.ts"

const read = (file: string): string => readFileSync(join(root, file), "utf8")

interface Instruction {
  readonly word: string
  readonly rest: string
}

const instructions: ReadonlyArray<Instruction> = read(".container/Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll("\\\n", "")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => ({ word: line.split(" ", 1)[0] ?? "", rest: line.slice(line.indexOf(" ") + 1) }))

const having = (word: string, among = instructions): ReadonlyArray<string> =>
  among.filter((each) => each.word === word).map(({ rest }) => rest)

/** The Node that it is made of. */
export const nodeVersion = having("ARG")[0]?.replace("NODE_VERSION=", "")

/** The stages by name; the last one, which has none, is the image. */
const stages = new Map<string, ReadonlyArray<Instruction>>()
for (const [at, { word, rest }] of instructions.entries()) {
  if (word !== "FROM") continue
  const next = instructions.findIndex((each, place) => place > at && each.word === "FROM")
  stages.set(/ AS (\w+)$/.exec(rest)?.[1] ?? "image", instructions.slice(at + 1, next < 0 ? undefined : next))
}

/** What a COPY copies: from which stage, or from the project (`null`), and where to. */
const copyOf = (rest: string) => {
  const words = rest.split(" ")
  const paths = words.filter((word) => !word.startsWith("--"))
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length) ?? null
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? "" }
}

/** What it takes from the project. */
export const takenFromProject = having("COPY")
  .map(copyOf)
  .flatMap(({ from, sources }) => (from === null ? sources : []))
  .filter((source) => source !== ".")

/** What `.dockerignore` lets through. */
export const letThrough = [...read(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, path]) => path)

const image = stages.get("image") ?? []

const words = (text: string): ReadonlyArray<string> => JSON.parse(text.slice(text.indexOf("[")))

const health = words(having("HEALTHCHECK", image)[0] ?? "")
const entry = words(having("ENTRYPOINT", image)[0] ?? "")
const command = words(having("CMD", image)[0] ?? "")
const settings = Object.fromEntries(
  having("ENV", image).flatMap((rest) => rest.split(" ").map((pair) => pair.split("=") as [string, string])),
)

/** Carries out a stage in a folder that is its file system. */
const carryOut = async (stage: string, folder: string) => {
  let workdir = folder
  for (const { word, rest } of stages.get(stage) ?? []) {
    if (word === "WORKDIR") {
      workdir = join(folder, stage, rest)
      mkdirSync(workdir, { recursive: true })
    }
    if (word === "RUN") await run("sh", ["-c", rest], { cwd: workdir })
    if (word !== "COPY") continue
    const { from, sources, target } = copyOf(rest)
    const place = target.startsWith("/") ? join(folder, stage, target) : join(workdir, target)
    for (const source of sources) {
      const to = target.endsWith("/") ? join(place, basename(source)) : place
      mkdirSync(join(to, ".."), { recursive: true })
      if (from === null) cpSync(join(root, source), to, { recursive: true })
      else if (from === "build") cpSync(join(root, source.replace("/source", "")), to, { recursive: true })
      else renameSync(join(folder, from, source), to)
    }
  }
}

/** What runs; it does not need what is built. */
export const installModules = (folder: string) => carryOut("modules", folder)

export const assemble = (folder: string) => carryOut("image", folder)

/** Everything read-only, then a user who owns nothing of it: what `read_only` and `USER` ask of an engine. */
const confine = `
  mount -o remount,bind,ro / && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" &&
  cd "$0/app" && exec unshare --user --map-user=1000 --map-group=1000 "$@"`

const ownWorld = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"]

/** Whether this machine lets us do that. Where it does not, CI runs the image itself. */
export const canConfine =
  spawnSync("unshare", [...ownWorld, "mount", "-o", "remount,bind,ro", "/"]).status === 0

const start = (folder: string, what: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  spawn("unshare", [...ownWorld, "sh", "-c", confine, join(folder, "image"), ...what], {
    env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, ...settings, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })

const endOf = async (child: ReturnType<typeof start>) => {
  let said = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString()
    })
  }
  const [code] = await once(child, "close")
  return { code: code as number | null, said }
}

/** The container, with the environment of this image and these settings. */
export const container = (folder: string, env: Readonly<Record<string, string>>) => ({
  /** Another command of the program, or any other. */
  run: (...what: ReadonlyArray<string>) => endOf(start(folder, [...entry, ...what], env)),
  runBare: (...what: ReadonlyArray<string>) => endOf(start(folder, what, env)),
  /** The image's own command. */
  serve: async () => {
    const child = start(folder, [...entry, ...command], env)
    const ended = endOf(child)
    let out = ""
    const url = await new Promise<string>((ready, failed) => {
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString()
        const [, address] = /^ready .*(http:\S+)$/m.exec(out) ?? []
        if (address !== undefined) ready(address)
      })
      void ended.then(({ code, said }) => failed(new Error(`ended with ${code}: ${said}`)))
    })
    /** The first process of the container, as it is called outside. */
    const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"))
    return {
      url,
      health: () => endOf(start(folder, health, { ...env, PORT: new URL(url).port })),
      stop: () => process.kill(pid, "SIGTERM"),
      ended,
    }
  },
})
