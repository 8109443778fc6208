import { useState, useSyncExternalStore } from "react"
import type { Language } from "../../index.ts"
import { Inspectors } from "./Inspectors.tsx"
import type { Inspection } from "./inspection.ts"
import { Log } from "./Log.tsx"
import { Machine } from "./Machine.tsx"
import { wayOf } from "./path.ts"
import { Troubles } from "./Troubles.tsx"
import { words } from "./words.ts"

interface Props {
  readonly language: Language
  readonly simulatorUrl: string
  readonly adminToken: string
  readonly inspection: Inspection
}

type PanelName = "troubles" | "machine" | "log"

/**
 * Around the phone: what goes wrong, the machine, and the server's log. All of it beside the phone where there is room;
 * else one at a time, in a drawer that leaves the upper part of the phone in sight.
 */
export const Stage = ({ language, simulatorUrl, adminToken, inspection }: Props) => {
  const [drawer, setDrawer] = useState<PanelName | null>(null)
  const way = wayOf(useSyncExternalStore(inspection.subscribe, inspection.events))
  const orderId = way?.orderId ?? null
  const own = words[language]
  const panels = [
    ["troubles", <Troubles key="troubles" {...{ simulatorUrl, orderId, language }} />],
    [
      "machine",
      <>
        <Machine steps={way?.steps ?? []} language={language} />
        <Inspectors {...{ inspection, language }} />
      </>,
    ],
    ["log", <Log key="log" {...{ simulatorUrl, adminToken, orderId, language }} />],
  ] as const
  return (
    <>
      {panels.map(([name, content]) => (
        <section
          key={name}
          id={name}
          className={drawer === name ? `panel ${name} open` : `panel ${name}`}
          aria-label={own.panels[name]}
        >
          <h2>{own.panels[name]}</h2>
          {content}
        </section>
      ))}
      <nav className="tabs" aria-label={own.stage}>
        {panels.map(([name]) => (
          <button
            key={name}
            type="button"
            aria-controls={name}
            aria-expanded={drawer === name}
            onClick={() => setDrawer(drawer === name ? null : name)}
          >
            {own.panels[name]}
          </button>
        ))}
      </nav>
    </>
  )
}
