/** A mini-app as somebody might write it: one button that pays, in StrictMode. What differs from test to test is in the address. */

import { Storage } from "@apps-in-toss/web-framework"
import { StrictMode } from "react"
import { createRoot, hydrateRoot } from "react-dom/client"
import type { CheckoutEvent } from "../../../client/index.ts"
import { PayButton } from "../../../client/react/index.ts"
import type { Settings } from "./miniApp.ts"

const settings: Settings = JSON.parse(decodeURIComponent(location.hash.slice(1)))
const { amount = 9_000 } = settings
const events: Array<CheckoutEvent> = []
Object.assign(window, { events })

const app = (
  <StrictMode>
    <h1>Coffee</h1>
    <PayButton
      options={{
        baseUrl: settings.baseUrl,
        headers: () => ({ "x-toss-user-key": settings.buyer }),
        onEvent: (event) => events.push(event),
        ...(settings.language !== undefined && { language: settings.language }),
        ...(settings.sheetPatienceMs !== undefined && { sheetPatienceMs: settings.sheetPatienceMs }),
        ...(settings.storage === "sdk" && { storage: Storage }),
      }}
      wish={{ items: [{ sku: "coffee", quantity: 2 }], expectedAmount: amount }}
      amount={amount}
      className="pay"
    />
  </StrictMode>
)

const root = document.getElementById("root")
if (root?.hasChildNodes()) hydrateRoot(root, app)
else if (root !== null) createRoot(root).render(app)
