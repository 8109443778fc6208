/** What the buyer sees of the sheet. It stands in a shadow root: the app's styles are none of its business. */

import { chosenTrouble, troubles } from "../trouble.ts"
import { type Choice, choices } from "./choices.ts"
import css from "./sheet.css?inline"
import { pageLanguage, words } from "./words.ts"

export interface Payment {
  readonly productDesc: string
  readonly orderNo: string
  readonly amount: number
  readonly mode: "LIVE" | "TEST"
}

/**
 * Shows the sheet until the buyer has chosen. It covers the webview and nothing else, so on a desktop the page around the
 * phone stays alive.
 */
export const askBuyer = (payment: Payment): Promise<Choice> =>
  new Promise((chosen) => {
    const phone = document.querySelector(".phone") ?? document.body
    const covered = [...phone.children]
    const frame = document.createElement("div")
    const end = (choice: Choice) => {
      removeEventListener("popstate", closeInstead)
      for (const element of covered) element.removeAttribute("inert")
      // Closing it gives the focus back to where it was.
      dialog.close()
      frame.remove()
      chosen(choice)
    }
    // In the app the way back closes the sheet, and the page beneath stays.
    const closeInstead = () => {
      history.forward()
      end(choices.close)
    }
    addEventListener("popstate", closeInstead)
    const dialog = sheet(payment, end)
    const root = frame.attachShadow({ mode: "open" })
    root.adoptedStyleSheets = [styles()]
    root.append(text("div", "", "shade"), dialog)
    phone.append(frame)
    dialog.show()
    for (const element of covered) element.setAttribute("inert", "")
  })

const sheet = (payment: Payment, end: (choice: Choice) => void): HTMLDialogElement => {
  const dialog = document.createElement("dialog")
  dialog.lang = pageLanguage()
  const own = words[pageLanguage()]
  dialog.setAttribute("aria-labelledby", "product")
  const facts = document.createElement("dl")
  facts.append(
    text("dt", own.orderNumber),
    text("dd", payment.orderNo),
    text("dt", own.mode),
    text("dd", own.modes[payment.mode]),
  )
  dialog.append(
    text("p", "toss pay", "brand"),
    Object.assign(text("h2", payment.productDesc), { id: "product" }),
    text("p", own.won(payment.amount), "amount"),
    facts,
    button(own.pay, "pay", () => end(choices[troubles[chosenTrouble()].sheet])),
    button(own.close, "quiet", () => end(choices.close)),
    text("p", own.note, "note"),
  )
  // Escape closes a sheet as its close button does.
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") end(choices.close)
  })
  return dialog
}

const button = (label: string, className: string, onClick: () => void) => {
  const element = text("button", label, className)
  element.addEventListener("click", onClick)
  return element
}

const text = (tag: string, content: string, className = "") => {
  const element = document.createElement(tag)
  element.textContent = content
  if (className !== "") element.className = className
  return element
}

/** A sheet made by script is no inline style, so a strict content security policy lets it pass. */
const styles = (): CSSStyleSheet => {
  const styleSheet = new CSSStyleSheet()
  styleSheet.replaceSync(css)
  return styleSheet
}
