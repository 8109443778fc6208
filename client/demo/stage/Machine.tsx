import type { Language } from "../../index.ts"
import { Chart } from "./Chart.tsx"
import { meanings } from "./meanings.ts"
import type { Step } from "./path.ts"
import { words } from "./words.ts"

interface Props {
  readonly steps: ReadonlyArray<Step>
  readonly language: Language
}

/** The machine in the webview as it runs: where it stands, which way it took, and where it may go next. */
export const Machine = ({ steps, language }: Props) => {
  const own = words[language]
  const at = steps.at(-1)?.at ?? null
  return (
    <>
      <Chart steps={steps} at={at} label={own.chart(at)} />
      <p className="meaning" role="status">
        {at === null ? (
          own.noOrder
        ) : (
          <>
            <code>{at}</code> {meanings[language][at]}
          </>
        )}
      </p>
      <p className="legend muted">{own.legend}</p>
      <ol className="way" aria-label={own.way}>
        {steps.map(({ at, fact }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
          <li key={index}>
            <span lang={fact === null ? language : "en"}>{fact ?? own.server}</span> <code>{at}</code>
          </li>
        ))}
      </ol>
    </>
  )
}
