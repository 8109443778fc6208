/** A mini-app that uses the package: one button that pays. */

import { createRoot } from "react-dom/client"
import { PayButton } from "tosspay-checkout/react"

const root = document.getElementById("root")
if (root !== null) {
  createRoot(root).render(
    <PayButton
      options={{ baseUrl: "https://pay.example.com", language: "en" }}
      wish={{ items: [{ sku: "coffee", quantity: 2 }], expectedAmount: 9_000 }}
      amount={9_000}
    />,
  )
}
