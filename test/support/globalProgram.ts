/** The program as it is in the tree, in one file: many tests start it, and a file starts in a third of the time of 800 modules. */

import { rm } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build, type Plugin } from "vite"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the file. */
    readonly program: string
  }
}

/** Every module finds what lies beside it where it was written. */
const whereItWas: Plugin = {
  name: "where-it-was",
  transform: (code, id) =>
    code.includes("import.meta.url")
      ? { code: code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)), map: null }
      : undefined,
}

export default async (project: TestProject) => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const outDir = join(root, `node_modules/.cache/program-${process.pid}`)
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    plugins: [whereItWas],
    ssr: { noExternal: true },
    build: { ssr: "server/cli.ts", outDir, minify: false, target: "esnext" },
  })
  project.provide("program", join(outDir, "cli.js"))
  return () => rm(outDir, { recursive: true, force: true })
}
