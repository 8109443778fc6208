/** What is released says the same version everywhere, and is made by nothing but what is pinned. */

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { OpenApi } from "effect/http-api"
import { describe, expect, it } from "vitest"
import { CheckoutApi } from "../server/http/api.ts"
import { version } from "../server/version.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const text = (file: string): string => readFileSync(join(root, file), "utf8")
const own = JSON.parse(text("package.json")).version

describe("the version", () => {
  it("is the same in the package, the program, the API and the lock file", () => {
    expect(version).toBe(own)
    expect(OpenApi.fromApi(CheckoutApi).info.version).toBe(own)
    expect(JSON.parse(text("package-lock.json")).packages[""].version).toBe(own)
  })

  it("is the newest of the changelog, whose versions descend and have a day or are not released", () => {
    const headings = [...text("docs/changelog.md").matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading)
    const versions = headings.map((heading, place) => {
      const [, name = "", day = ""] = /^(\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d|unreleased)$/.exec(heading) ?? []
      expect(name, heading).not.toBe("")
      if (place > 0) expect(day).not.toBe("unreleased")
      return name
    })
    expect(versions[0]).toBe(own)
    const ordered = [...new Set(versions)].sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    expect(versions).toEqual(ordered)
  })
})

describe("what is installed", () => {
  it("may run the scripts that it cannot do without, and no others", () => {
    const packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>> = JSON.parse(
      text("package-lock.json"),
    ).packages
    const withScripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript)
    const allowed = Object.keys(JSON.parse(text("package.json")).allowScripts)
    expect(withScripts.map((path) => path.replace(/^.*node_modules\//, "")).sort()).toEqual(allowed.sort())
  })
})

describe.each(readdirSync(join(root, ".github/workflows")))("the workflow %s", (file) => {
  const workflow = text(`.github/workflows/${file}`)

  it("uses no action that may become another", () => {
    const used = [...workflow.matchAll(/uses: (.*)$/gm)].map(([, action]) => action)
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it("may read and no more, except for who publishes to say who it is", () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n$/m)
    const more = [...workflow.matchAll(/^ {6}([\w-]+): write$/gm)].map(([, name]) => name)
    expect(more).toEqual(file === "release.yml" ? ["id-token"] : [])
  })

  it("tests by what a person runs", () => {
    expect(workflow).toMatch(/- run: \.ci\/run$/m)
  })
})
