/** Runs the quickest tests first: most mutants die of them, and a mutant that died costs nothing more. */

import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The order of `include`, in which the files of a part are named. */
export const inOrder = (names: ReadonlyArray<string>) =>
  class extends BaseSequencer {
    override async sort(files: Array<TestSpecification>) {
      const place = ({ moduleId }: TestSpecification) => names.findIndex((name) => moduleId.endsWith(name))
      return [...files].sort((a, b) => place(a) - place(b))
    }
  }
