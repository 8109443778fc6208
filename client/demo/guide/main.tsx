import { createRoot } from "react-dom/client"
import "../css/colors.css"
import "../css/phone.css"
import "../css/shop.css"
import { PayButton } from "./PayButton.tsx"

createRoot(document.getElementById("app") as HTMLElement).render(
  <div className="demo">
    <div className="phone">
      <main className="screen">
        <header className="opening">
          <h1>The guide's own component</h1>
          <p className="muted">
            Printed in the TossPay checkout guide, running unchanged against this server.
          </p>
        </header>
        <section className="cta">
          <PayButton amount={5000} />
        </section>
        <p>
          <a href="/">The demo mini-app</a>
        </p>
      </main>
    </div>
  </div>,
)
