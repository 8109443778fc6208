/** The mini-app of docs/webview.md: which of its buttons there is, says the address. */

import { createRoot } from "react-dom/client"
import { Confirm } from "./Confirm"
import { Pay } from "./Pay"
import "./pay.css"
import { PayWithSdkStorage } from "./PayWithSdkStorage"
import { mount } from "./plain"
import { openInspector } from "./watch"

Object.assign(window, { openInspector })

const root = document.getElementById("root") as HTMLElement
const shown = location.hash.slice(1)

if (shown === "plain") {
  const [button, status] = [document.createElement("button"), document.createElement("p")]
  button.textContent = "Tip 5,000"
  status.role = "status"
  root.append(button, status)
  mount(button, status)
} else {
  createRoot(root).render(
    shown === "Confirm" ? <Confirm /> : shown === "PayWithSdkStorage" ? <PayWithSdkStorage /> : <Pay />,
  )
}
