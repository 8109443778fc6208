import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { chartLayout } from "./chart/layout.ts"

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Where the checkout server serves it.
  base: "/audit/",
  plugins: [react(), chartLayout()],
  build: {
    outDir: fileURLToPath(new URL("../../dist/console", import.meta.url)),
    emptyOutDir: true,
    // Nothing inline: no scripts, and no files as data URLs, so that a strict content security policy can be kept.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // ELK takes its time, and may.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
