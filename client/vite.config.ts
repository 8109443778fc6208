import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { hostScript } from "./hostScript.ts"

const demo = (file: string) => fileURLToPath(new URL(`./demo/${file}`, import.meta.url))

export default defineConfig({
  root: demo(""),
  plugins: [react(), hostScript(demo("host/host.ts"))],
  build: {
    outDir: fileURLToPath(new URL("../dist/demo", import.meta.url)),
    emptyOutDir: true,
    // No inline scripts, so that a strict content security policy can be kept.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: demo("index.html"), guide: demo("guide.html") } },
  },
})
