/** Runs the quickest tests first: most mutants die of them, and a mutant that died costs nothing more. */

import { BaseSequencer, type TestSpecification } from "vitest/node"

/** By the names of test files, without their ends; those that are not named come last. */
export const inOrder = (names: ReadonlyArray<string>) =>
  class extends BaseSequencer {
    override async sort(files: Array<TestSpecification>) {
      const place = ({ moduleId }: TestSpecification) => {
        const found = names.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
        return found < 0 ? names.length : found
      }
      return files.toSorted((a, b) => place(a) - place(b))
    }
  }
