/** New apps outside this repository, that have the package as anybody gets it. */

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect } from "vitest"

export const root = fileURLToPath(new URL("../..", import.meta.url))
export const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
export const run = promisify(execFile)
export const tool = (path: string) => join(root, "node_modules", path)

/** Builds and packs; returns the tarball. */
export const pack = async (folder: string): Promise<string> => {
  await run(process.execPath, [join(root, ".build/build.ts")])
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  })
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { readonly filename: string }>)
  return join(folder, packed?.filename ?? "")
}

/** An app with the package if it is given, and with others in the versions that we are tested with unless it says otherwise. */
export const newApp = async (
  folder: string,
  tarball: string | null,
  packages: ReadonlyArray<string>,
  versions: Readonly<Record<string, string>> = {},
) => {
  const app = mkdtempSync(join(folder, "app-"))
  const known = { ...own.dependencies, ...own.devDependencies, ...versions }
  const usesSdk = packages.includes("@apps-in-toss/web-framework")
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({
      name: "app",
      private: true,
      type: "module",
      dependencies: {
        ...(tarball !== null && { "tosspay-checkout": `file:${tarball}` }),
        ...Object.fromEntries(packages.map((each) => [each, known[each]])),
        // The real SDK without the native tool chain that comes with it, as in this repository.
        ...(usesSdk && { absent: `file:${join(root, ".absent")}` }),
      },
      ...(usesSdk && { overrides: own.overrides }),
    }),
  )
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: app,
  })
  return app
}

/** Type-checks an app as its author would. */
export const check = (app: string, include: string, more: Record<string, unknown>) => {
  const compilerOptions = { target: "es2024", strict: true, noEmit: true, skipLibCheck: true, ...more }
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [include] }))
  return run(process.execPath, [tool("typescript/bin/tsc"), "-p", app]).catch((error) =>
    expect.fail(error.stdout),
  )
}

export const write = (app: string, path: string, text: string) => {
  mkdirSync(dirname(join(app, path)), { recursive: true })
  writeFileSync(join(app, path), text)
}
