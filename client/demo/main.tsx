import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { Demo } from "./Demo.tsx"
import "./css/colors.css"
import "./css/phone.css"
import "./css/shop.css"
import "./css/stage.css"

createRoot(document.getElementById("app") as HTMLElement).render(
  <StrictMode>
    <Demo />
  </StrictMode>,
)
