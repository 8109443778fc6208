import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react"
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

const panelNames = ["troubles", "machine", "log"] as const

type PanelName = (typeof panelNames)[number]

/**
 * Around the phone: what goes wrong, the machine, and the server's log. All of it beside the phone where there is room;
 * else one at a time, in a drawer that leaves the upper part of the phone in sight and that Escape closes.
 */
export const Stage = ({ language, simulatorUrl, adminToken, inspection }: Props) => {
  const [drawer, setDrawer] = useState<PanelName | null>(null)
  const way = wayOf(useSyncExternalStore(inspection.subscribe, inspection.events))
  const orderId = way?.orderId ?? null
  const own = words[language]
  const tabs = useRef<HTMLElement>(null)
  useEffect(() => {
    if (drawer === null) return
    const watch = new AbortController()
    const closed = ({ key }: KeyboardEvent) => {
      if (key !== "Escape") return
      // What was in the drawer is gone; the focus goes back to what opened it.
      tabs.current?.querySelector<HTMLElement>(`[aria-controls=${drawer}]`)?.focus()
      setDrawer(null)
    }
    addEventListener("keydown", closed, watch)
    return () => watch.abort()
  }, [drawer])
  const panels: Readonly<Record<PanelName, ReactNode>> = {
    troubles: <Troubles {...{ simulatorUrl, orderId, language }} />,
    machine: (
      <>
        <Machine steps={way?.steps ?? []} language={language} />
        <Inspectors {...{ inspection, language }} />
      </>
    ),
    log: <Log {...{ simulatorUrl, adminToken, orderId, language }} />,
  }
  return (
    <>
      {panelNames.map((name) => (
        <section
          key={name}
          id={name}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
          tabIndex={0}
          className={drawer === name ? `panel ${name} open` : `panel ${name}`}
          aria-label={own.panels[name]}
        >
          <h2>{own.panels[name]}</h2>
          {panels[name]}
        </section>
      ))}
      <nav ref={tabs} className="tabs" aria-label={own.stage}>
        {panelNames.map((name) => (
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
