/** One fixed seed, so that a mutant meets the same properties in every run and in every worker. */

import type { TestProject } from "vitest/node"
import type {} from "../support/globalDatabase.ts"

export default (project: TestProject) => {
  project.provide("seed", 1)
}
