import { useEffect, useState } from "react"
import { type DemoConfig, readDemoConfig } from "./config.ts"
import { useLanguage } from "./language.ts"
import { Phone } from "./Phone.tsx"
import { Shop } from "./shop/Shop.tsx"
import { words } from "./shop/words.ts"
import { makeInspection } from "./stage/inspection.ts"
import { Stage } from "./stage/Stage.tsx"

/** The mini-app in its phone and, where a simulator runs along, the stage around it. */
export const Demo = () => {
  const [language, setLanguage] = useLanguage()
  const { config, isAway, read, refresh } = useDemoConfig()
  const [inspection] = useState(makeInspection)
  const own = words[language]
  return (
    <div className="demo">
      <Phone language={language}>
        {config !== null && (
          <Shop
            products={config.products}
            language={language}
            onLanguage={setLanguage}
            inspect={inspection.inspect}
            onRefused={refresh}
          />
        )}
        {isAway && (
          <main className="screen">
            <section className="result">
              <h1 role="alert">{own.unavailable}</h1>
            </section>
            <footer className="cta">
              <button type="button" onClick={read}>
                {own.reload}
              </button>
            </footer>
          </main>
        )}
      </Phone>
      {config?.simulatorUrl && config.adminToken && (
        <Stage
          language={language}
          simulatorUrl={config.simulatorUrl}
          adminToken={config.adminToken}
          inspection={inspection}
        />
      )}
    </div>
  )
}

const useDemoConfig = () => {
  const [config, setConfig] = useState<DemoConfig | null>(null)
  const [isAway, setIsAway] = useState(false)
  const read = () => {
    setIsAway(false)
    readDemoConfig().then(setConfig, () => setIsAway(true))
  }
  /** What stands there is better than nothing. */
  const refresh = () => void readDemoConfig().then(setConfig, () => {})
  useEffect(read, [])
  return { config, isAway, read, refresh }
}
