/** A mini-app as somebody might write it: one button that pays, in StrictMode. What differs from test to test is in the address. */

import { Storage } from "@apps-in-toss/web-framework"
import { StrictMode } from "react"
import { createRoot, hydrateRoot } from "react-dom/client"
import type { CheckoutEvent } from "../../../client/index.ts"
import { PayButton } from "../../../client/react/index.ts"
import type { Settings } from "./miniApp.ts"

const settings: Settings = JSON.parse(decodeURIComponent(location.hash.slice(1)))
const events: Array<CheckoutEvent> = []

const app = ({
  baseUrl,
  buyer,
  language,
  sheetPatienceMs,
  storage,
  sku = "coffee",
  amount = 9_000,
  buttons = ["pay"],
}: Settings) => (
  <StrictMode>
    <h1>Coffee</h1>
    <p id="terms">Refunds within 7 days.</p>
    {buttons.map((key) => (
      <PayButton
        key={key}
        options={{
          baseUrl,
          onEvent: (event) => events.push(event),
          ...(buyer !== "" && { headers: () => ({ "x-toss-user-key": buyer }) }),
          ...(language !== undefined && { language }),
          ...(sheetPatienceMs !== undefined && { sheetPatienceMs }),
          ...(storage === "sdk" && { storage: Storage }),
        }}
        wish={{ items: [{ sku, quantity: 2 }], expectedAmount: amount }}
        amount={amount}
        className="pay"
        aria-describedby="terms"
      />
    ))}
  </StrictMode>
)

const element = document.getElementById("root") as HTMLElement
const root = element.hasChildNodes() ? hydrateRoot(element, app(settings)) : createRoot(element)
const show = (changes: Partial<Settings>) => root.render(app({ ...settings, ...changes }))
if (!element.hasChildNodes()) show({})
Object.assign(window, { events, show })
