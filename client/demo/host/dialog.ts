/** What the buyer sees of the sheet. It stands in a shadow root: the app's styles are none of its business. */

import { type Choice, close, oddities, pay } from "./choices.ts"
import css from "./sheet.css?inline"

export interface Payment {
  readonly productDesc: string
  readonly amount: number
}

/** Shows the sheet until the buyer has chosen. */
export const askBuyer = (payment: Payment): Promise<Choice> =>
  new Promise((chosen) => {
    const frame = document.createElement("div")
    const end = (choice: Choice) => {
      frame.remove()
      chosen(choice)
    }
    const dialog = sheet(payment, end)
    // Escape closes a sheet as its close button does.
    dialog.addEventListener("cancel", () => end(close))
    const root = frame.attachShadow({ mode: "open" })
    root.adoptedStyleSheets = [styles()]
    root.append(dialog)
    document.body.append(frame)
    dialog.showModal()
  })

const sheet = ({ productDesc, amount }: Payment, end: (choice: Choice) => void): HTMLDialogElement => {
  const dialog = document.createElement("dialog")
  dialog.lang = "ko"
  dialog.setAttribute("aria-labelledby", "product")
  const more = document.createElement("details")
  more.append(
    text("summary", "다른 결과 · other outcomes"),
    ...oddities.map((odd) => button(odd, "quiet small", end)),
  )
  dialog.append(
    text("p", "toss pay", "brand"),
    Object.assign(text("h2", productDesc), { id: "product" }),
    text("p", `${amount.toLocaleString("ko-KR")}원`, "amount"),
    button(pay, "pay", end),
    button(close, "quiet", end),
    more,
    text("p", "시뮬레이터예요. 실제 돈은 움직이지 않아요.", "note"),
  )
  return dialog
}

const button = (choice: Choice, className: string, end: (choice: Choice) => void) => {
  const element = text("button", choice.label, className)
  element.addEventListener("click", () => end(choice))
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
