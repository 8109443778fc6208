import { describe, expect, it } from "vitest"
import { machineVersion } from "../../machines/index.ts"
import { deaths } from "../matrix/deaths.ts"
import { corpusOf, readCorpus } from "./corpus.ts"

describe("the corpus of the current machine version", () => {
  it("has every history that leads through one of its moves", () => {
    expect(readCorpus(corpusOf(machineVersion)).histories.map(({ name }) => name)).toEqual(
      deaths().map(({ name }) => name),
    )
  })
})
