/** What tests need of a whole run, made side by side: the pages, the program and PostgreSQL. */

import type { TestProject } from "vitest/node"
import database from "./globalDatabase.ts"
import pages from "./globalPages.ts"
import program from "./globalProgram.ts"

export default async (project: TestProject) => {
  const made = await Promise.allSettled([database(project), program(project), pages()])
  const end = async () => {
    for (const one of made) if (one.status === "fulfilled") await one.value?.()
  }
  const failed = made.find(({ status }) => status === "rejected")
  if (failed?.status !== "rejected") return end
  // PostgreSQL would outlive a run that does not begin.
  await end()
  throw failed.reason
}
