/**
 * The payment sheet that the Toss app would open. It talks to the simulated bank by a way of its own, as the real one
 * does; the webview only hears what came of it.
 */

import "./sheet.css"

interface Payment {
  readonly productDesc: string
  readonly amount: number
}

/** What the buyer can do on the sheet: tell the bank (or not), and answer the webview (or not). */
interface Choice {
  readonly label: string
  readonly tellBank: "approve" | "decline" | "close" | null
  readonly answer: () => Promise<unknown>
}

const never = () => new Promise<never>(() => {})
const success = async () => ({ success: true })

const pay: Choice = { label: "결제하기", tellBank: "approve", answer: success }

const close: Choice = {
  label: "닫기",
  tellBank: "close",
  answer: async () => ({ success: false, reason: "사용자가 결제를 취소했어요." }),
}

const oddities: ReadonlyArray<Choice> = [
  {
    label: "거절하기 · decline",
    tellBank: "decline",
    answer: async () => ({ success: false, reason: "결제가 거절되었어요." }),
  },
  { label: "승인 후 응답 없음 · approve, never answer", tellBank: "approve", answer: never },
  {
    label: "승인 후 오류 · approve, then reject",
    tellBank: "approve",
    answer: async () => {
      throw Object.assign(new Error("The network connection was lost."), {
        code: "NETWORK",
        moduleName: "MiniAppModule",
      })
    },
  },
  { label: "승인 없이 성공 · success without approval", tellBank: null, answer: success },
  {
    label: '{ "false": … }',
    tellBank: null,
    answer: async () => ({ false: "PAYMENT_FAILED", reason: "not provisioned" }),
  },
  { label: "undefined", tellBank: null, answer: async () => undefined },
  {
    label: "객체로 거부 · reject with a plain object",
    tellBank: null,
    answer: () => Promise.reject({ code: 4001 }),
  },
]

/** Opens the sheet and resolves or rejects with what the SDK would hear. */
export const openSheet = async (simulatorUrl: string, payToken: string): Promise<unknown> => {
  const address = `${simulatorUrl}/sheet/${encodeURIComponent(payToken)}`
  const payment: Payment = await fetch(`${address}/payment`).then((reply) => reply.json())
  const choice = await choose(payment)
  if (choice.tellBank !== null) {
    await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action: choice.tellBank }),
    })
  }
  return choice.answer()
}

const choose = (payment: Payment): Promise<Choice> =>
  new Promise((chosen) => {
    const dialog = document.createElement("dialog")
    dialog.className = "toss-sheet"
    dialog.setAttribute("aria-labelledby", "toss-sheet-title")

    const end = (choice: Choice) => {
      dialog.remove()
      chosen(choice)
    }
    const button = (choice: Choice, className: string) => {
      const element = document.createElement("button")
      element.type = "button"
      element.className = className
      element.textContent = choice.label
      element.addEventListener("click", () => end(choice))
      return element
    }
    const text = (tag: string, content: string, id = "") => {
      const element = document.createElement(tag)
      element.textContent = content
      if (id !== "") element.id = id
      return element
    }

    const details = document.createElement("details")
    details.append(
      text("summary", "다른 결과 · other outcomes"),
      ...oddities.map((odd) => button(odd, "odd")),
    )
    dialog.append(
      text("p", "토스페이 · 시뮬레이터"),
      text("h2", `${payment.amount.toLocaleString("ko-KR")}원`, "toss-sheet-title"),
      text("p", payment.productDesc),
      button(pay, "pay"),
      button(close, "close"),
      details,
    )
    // Escape closes a sheet as the close button does.
    dialog.addEventListener("cancel", () => end(close))
    document.body.append(dialog)
    dialog.showModal()
  })
