/**
 * `npm run screenshots`: uses demo and console in a real browser, and keeps pictures of their main screens for the docs.
 * `npm run screenshots -- console` takes those of the console alone.
 */

import { Effect, Layer } from "effect"
import { Browser } from "../support/browser.ts"
import { consolePictures } from "./console.ts"
import { demoPictures } from "./demo.ts"

const all = { demo: demoPictures, console: consolePictures }

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(all)

const pictures = Object.entries(all).flatMap(([name, take]) => (wanted.includes(name) ? [take] : []))

await Effect.runPromise(
  Effect.forEach(pictures, (take) => Effect.scoped(take)).pipe(Effect.provide(Layer.orDie(Browser.layer))),
)
