import { useState } from "react"
import { ask, isFailure } from "../api/request.ts"
import { type Filters, queryOf } from "./filters.ts"

const formats = [
  ["csv", "CSV"],
  ["jsonl", "JSON Lines"],
] as const

/** Everything that fits the filters as a file, however many pages that is. */
export const Export = ({ filters }: { readonly filters: Filters }) => {
  const [running, setRunning] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const save = async (format: string) => {
    setRunning(format)
    setProblem(await download(filters, format))
    setRunning(null)
  }

  return (
    <div className="export">
      <span className="bad" role="alert">
        {problem}
      </span>
      {formats.map(([format, name]) => (
        <button key={format} type="button" disabled={running !== null} onClick={() => save(format)}>
          {running === format ? "Exporting…" : `Export ${name}`}
        </button>
      ))}
    </div>
  )
}

/** `null`, or why there is no file. A link sends no headers, so the file is fetched and then handed over. */
const download = async ({ q: find = "", ...filters }: Filters, format: string): Promise<string | null> => {
  const answer = await ask(`/export${queryOf(filters, { format })}`, { find })
  if (isFailure(answer)) return answer.message
  try {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(await answer.blob())
    link.download = `checkouts.${format}`
    link.click()
    URL.revokeObjectURL(link.href)
    return null
  } catch {
    return "The export broke off. Please try again."
  }
}
