import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "rolldown"
import { describe, expect, it } from "vitest"

/** With the chart of the machine. What judges TossPay's answers is the server's alone. */
const entries = ["client/index.ts", "client/react/index.ts", "machines/checkout.ts"].map((file) =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url)),
)

const peers = ["react", "react/jsx-runtime", "@xstate/react", "@apps-in-toss/web-framework"]

/** Everything that a webview loads of us, as one minified bundle. */
const bundle = async (external: ReadonlyArray<string | RegExp>) => {
  const all = "\0all"
  const result = await build({
    input: all,
    external: [...external],
    platform: "browser",
    write: false,
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    output: { minify: true },
    plugins: [
      {
        name: "all-entries",
        resolveId: (id) => (id === all ? id : null),
        load: (id) =>
          id === all ? entries.map((file) => `export * from ${JSON.stringify(file)}`).join("\n") : null,
      },
    ],
  })
  const chunks = result.output.flatMap((chunk) => (chunk.type === "chunk" ? [chunk] : []))
  return {
    gzipBytes: gzipSync(chunks.map(({ code }) => code).join("\n")).length,
    modules: chunks.flatMap((chunk) => Object.keys(chunk.modules)),
    imports: chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]),
  }
}

describe("what a webview loads of us", () => {
  it("weighs at most 8 kB without xstate and React, gzipped", async () => {
    const { gzipBytes, imports } = await bundle([...peers, /^xstate/])
    process.stdout.write(`client, machine, React and messages: ${gzipBytes} bytes gzipped\n`)
    expect(gzipBytes).toBeLessThanOrEqual(8_000)
    expect(new Set(imports)).toEqual(new Set([...peers, "xstate"]))
  })

  it("weighs at most 24 kB with xstate, and holds neither Effect nor anything of Node or of the server", async () => {
    const { gzipBytes, imports, modules } = await bundle(peers)
    process.stdout.write(`with xstate: ${gzipBytes} bytes gzipped\n`)
    expect(gzipBytes).toBeLessThanOrEqual(24_000)
    expect(new Set(imports)).toEqual(new Set(peers))
    expect(modules.filter((id) => /node_modules\/(effect|@effect)|node:|\/server\//.test(id))).toEqual([])
  })
})
