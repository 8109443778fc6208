import { build, type Plugin } from "vite"

/**
 * Builds the host simulator into `/host.js`, one classic script. The app's own host is there before anything of a page
 * runs; modules run late and in an order that the bundler chooses, so the simulator must not be one of them.
 */
export const hostScript = (entry: string): Plugin => ({
  name: "host-script",
  apply: "build",
  async generateBundle() {
    const built = await build({
      configFile: false,
      publicDir: false,
      logLevel: "warn",
      build: { write: false, minify: false, lib: { entry, formats: ["iife"], name: "hostSimulator" } },
    })
    const outputs = Array.isArray(built) ? built.flatMap(({ output }) => output) : []
    const script = outputs.find((output) => output.type === "chunk")
    if (script === undefined) throw new Error(`${entry} was not built into a script`)
    this.emitFile({ type: "asset", fileName: "host.js", source: script.code })
  },
})
