/** House rules that a machine can check: the direction of imports, the size of a room, what may not be called. */

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const text = (file: string): string => readFileSync(join(root, file), "utf8")

const importsOf = (file: string): ReadonlyArray<string> =>
  [...text(file).matchAll(/^(?:import|export)(?:[^"'=]*?\sfrom)?\s*["']([^"']+)["']/gm)].map(
    (match) => match[1] ?? "",
  )

/** The project's folder that an import leads to, or the package's name. */
const targetOf = (file: string, specifier: string): string =>
  specifier.startsWith(".") ? (join(file, "..", specifier).split("/")[0] ?? "") : specifier

const mayImport: Readonly<Record<string, RegExp>> = {
  machines: /^(machines|xstate)$/,
  server:
    /^(server|machines|effect|effect\/.*|@effect\/platform-node\/.*|node:.*|postgres|jose|undici|standardwebhooks|csv-stringify.*|hyparquet-writer|@statelyai\/inspect.*)$/,
  client:
    /^(client|machines|xstate|@xstate\/react|react|react-dom\/.*|@apps-in-toss\/web-framework|@statelyai\/inspect|@xyflow\/react.*|recharts|elkjs|vite|virtual:chart-layout|@vitejs\/plugin-react|node:url)$/,
  docs: /^(docs|machines|server|effect|node:.*)$/,
}

/** The machine is one thing and reads best in one place. */
const longRooms: Readonly<Record<string, number>> = { "machines/checkout.ts": 340 }

describe.each(Object.keys(mayImport))("%s", (folder) => {
  it.each(filesIn(folder))("%s imports only what it may", (file) => {
    for (const specifier of importsOf(file)) {
      expect(targetOf(file, specifier), specifier).toMatch(mayImport[folder] ?? /^$/)
    }
  })

  it.each(filesIn(folder))("%s is a room of a size to take in", (file) => {
    expect(text(file).split("\n").length).toBeLessThanOrEqual(longRooms[file] ?? 250)
  })
})

it("no file imports itself by way of others", () => {
  const inOrder = new Set<string>()
  const circles: Array<string> = []
  const visit = (file: string, way: ReadonlyArray<string>): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "))
    if (way.includes(file) || inOrder.has(file)) return
    const nearby = importsOf(file).filter((specifier) => /^\..*\.tsx?$/.test(specifier))
    for (const specifier of nearby) visit(join(file, "..", specifier), [...way, file])
    inOrder.add(file)
  }
  for (const file of ["machines", "server", "client", "test"].flatMap(filesIn)) visit(file, [])
  expect(circles).toEqual([])
})

it.each([...filesIn("machines"), ...filesIn("server/checkout"), ...filesIn("server/log")])(
  "%s asks no clock and rolls no dice of its own",
  (file) => {
    expect(text(file)).not.toMatch(/Date\.now\(|new Date\(\)|Math\.random\(|randomUUID|randomBytes/)
  },
)

it.each([...filesIn("machines"), ...filesIn("server"), ...filesIn("client")])(
  "%s leaves nothing for later",
  (file) => {
    expect(text(file)).not.toMatch(/\b(TODO|FIXME|XXX|HACK)\b|console\.log\(/)
  },
)

it("nothing outside the machine compares states to decide", () => {
  for (const file of [...filesIn("server"), ...filesIn("client")]) {
    if (file.startsWith("server/simulator/")) continue
    expect(text(file), file).not.toMatch(
      /checkout\.state\s*[!=]==|\.state\.startsWith|stateName\([^)]*\)\s*[!=]==/,
    )
  }
})

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true })
    .map((name) => `docs/${name}`)
    .filter((name) => name.endsWith(".md")),
]

/** A heading's name in a link, as GitHub makes it. */
const anchorsOf = (page: string): ReadonlyArray<string> =>
  [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  )

describe.each(pages)("%s", (page) => {
  it("names npm scripts that there are", () => {
    const scripts = Object.keys(JSON.parse(text("package.json")).scripts)
    for (const [, name] of text(page).matchAll(/npm run ([a-z][\w:-]*)/g)) expect(scripts).toContain(name)
  })

  it("leads to pages, and to headings of them, that there are", () => {
    for (const [, link = ""] of text(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link.split("#")
      const target = path === "" ? page : join(page, "..", path)
      expect(existsSync(join(root, target)), link).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor)
    }
  })

  it("names files and folders of the project that there are", () => {
    const named = /(?<!`)`((?:test|server|client|machines|docs)\/[\w./-]*)(?::[\d-]+)?`(?!`)/g
    for (const [, path = ""] of text(page).matchAll(named))
      expect(existsSync(join(root, path)), path).toBe(true)
  })
})
