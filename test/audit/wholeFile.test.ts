import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { expectWritable, writeWhole } from "../../server/wholeFile.ts"

const aFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-whole-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
)

describe("a file that is written", () => {
  it.effect("is not seen before it is whole", () =>
    Effect.gen(function* () {
      const file = join(yield* aFolder, "export.csv")
      writeFileSync(file, "the one before")
      yield* writeWhole(
        file,
        async (part) => {
          await writeFile(part, "half")
          expect(readFileSync(file, "utf8")).toBe("the one before")
        },
        String,
      )
      expect(readFileSync(file, "utf8")).toBe("half")
    }),
  )

  it.effect("leaves nothing behind where that fails, and says why", () =>
    Effect.gen(function* () {
      const folder = yield* aFolder
      writeFileSync(join(folder, ".part"), "somebody else's")
      const broken = writeWhole(
        join(folder, "export.csv"),
        async (part) => {
          await writeFile(part, "half")
          throw new Error("no space left")
        },
        (cause) => (cause as Error).message,
      )
      expect(yield* Effect.flip(broken)).toBe("no space left")
      expect(readdirSync(folder)).toEqual([".part"])
    }),
  )

  it.effect("is refused at once where there is a folder, or none to write it to", () =>
    Effect.gen(function* () {
      const folder = yield* aFolder
      yield* Effect.promise(async () => {
        await expect(expectWritable(folder)).rejects.toThrow("it is a folder")
        await expect(expectWritable(join(folder, "no", "where"))).rejects.toThrow("ENOENT")
        await expect(expectWritable(join(folder, "here"))).resolves.toBeUndefined()
      })
      expect(readdirSync(folder)).toEqual([])
    }),
  )
})
