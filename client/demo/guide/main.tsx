import { createRoot } from "react-dom/client"
import "../demo.css"
import { PayButton } from "./PayButton.tsx"

createRoot(document.getElementById("app") as HTMLElement).render(
  <main className="phone">
    <header>
      <div>
        <h1>The guide's own component</h1>
        <p className="muted">Printed in the TossPay checkout guide, running unchanged against this server.</p>
      </div>
    </header>
    <section className="card guide">
      <PayButton amount={5000} />
    </section>
    <p>
      <a href="/">The demo mini-app</a>
    </p>
  </main>,
)
