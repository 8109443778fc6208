/**
 * The buyer's sheet as a page, in the place of the one that the Toss app opens. It may stand in a window or in a frame
 * of the page that plays the host, and tells that page what the buyer did:
 * `{ type: "tosspay-sheet", payToken, action, payStatus }`.
 */

import { defaultMethod } from "./buyer.ts"
import { escapeHtml, type Page, page, won } from "./page.ts"
import type { PayMethod, Payment } from "./payment.ts"
import { tossTime } from "./tossTime.ts"

const methodNames: Readonly<Record<PayMethod, string>> = { CARD: "카드", TOSS_MONEY: "토스머니" }

export const sheetPage = (payment: Payment): Page =>
  page({
    title: "토스페이 시뮬레이터",
    style,
    body: `<main class="sheet" data-token="${escapeHtml(payment.payToken)}">
<div class="grip"></div>
<p class="brand">toss pay <span class="mode">${payment.mode === "TEST" ? "테스트 결제" : "실결제 모드"}</span></p>
<h1 id="product">${escapeHtml(payment.productDesc)}</h1>
<p class="amount" id="amount">${won(payment.amount)}</p>
<dl>
<div><dt>주문번호</dt><dd>${escapeHtml(payment.orderNo)}</dd></div>
<div><dt>결제 만료</dt><dd>${tossTime(payment.expiresAt)}</dd></div>
<div><dt>상태</dt><dd id="status" data-status="${payment.payStatus}">${payment.payStatus}</dd></div>
</dl>
<fieldset id="methods"><legend>결제수단</legend>
${payment.methods.map((method) => methodChoice(method, method === defaultMethod(payment))).join("\n")}
</fieldset>
<details><summary>즉시 할인</summary><label>할인 금액(원) <input id="discount" type="number" min="0" max="${payment.amount}" value="0" inputmode="numeric"></label></details>
<p id="message" role="status" aria-live="polite"></p>
<button id="approve" class="primary" type="button">${won(payment.amount)} 결제하기</button>
<div class="row">
<button id="close" type="button">닫기</button>
<button id="decline" type="button">거절하기</button>
</div>
<p class="note">시뮬레이터예요. 실제 돈은 움직이지 않아요.</p>
</main>`,
    script,
  })

/** For a token that no payment has. */
export const unknownSheetPage: Page = page({
  title: "토스페이 시뮬레이터",
  style: `body{font-family:sans-serif;text-align:center;padding:20vh 16px;color:#191f28}`,
  body: `<h1>결제를 찾을 수 없어요</h1>`,
})

const methodChoice = (method: PayMethod, checked: boolean): string =>
  `<label><input type="radio" name="method" value="${method}"${checked ? " checked" : ""}> ${methodNames[method]}</label>`

const style = `
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:rgba(0,0,0,.45);font-family:-apple-system,"Apple SD Gothic Neo","Noto Sans KR",sans-serif;color:#191f28;display:flex;align-items:flex-end;justify-content:center}
.sheet{width:100%;max-width:420px;background:#fff;border-radius:24px 24px 0 0;padding:12px 24px 24px}
.grip{width:40px;height:4px;border-radius:2px;background:#e5e8eb;margin:0 auto 16px}
.brand{margin:0;color:#3182f6;font-weight:700}
.mode{margin-left:6px;padding:2px 8px;border-radius:8px;background:#e8f3ff;font-size:12px;font-weight:500}
h1{margin:12px 0 4px;font-size:18px;font-weight:600;overflow-wrap:anywhere}
.amount{margin:0 0 16px;font-size:28px;font-weight:700}
dl{margin:0 0 12px;font-size:14px}
dl div{display:flex;justify-content:space-between;gap:16px;padding:4px 0}
dt{color:#8b95a1;white-space:nowrap}dd{margin:0;text-align:right;overflow-wrap:anywhere}
fieldset{border:1px solid #e5e8eb;border-radius:14px;padding:8px 14px;margin:0 0 8px;display:flex;gap:18px}
legend,summary{font-size:13px;color:#8b95a1}
details{margin:0 0 8px}input[type=number]{width:120px;padding:6px;border:1px solid #e5e8eb;border-radius:8px;font:inherit}
#message{min-height:20px;margin:8px 0;font-size:14px;color:#4e5968}
button{width:100%;padding:15px;border:0;border-radius:14px;background:#f2f4f6;color:#4e5968;font:inherit;font-weight:600;cursor:pointer}
button.primary{background:#3182f6;color:#fff}
button:disabled{opacity:.4;cursor:default}
button:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid #90c2ff;outline-offset:2px}
.row{display:flex;gap:8px;margin-top:8px}
.note{margin:14px 0 0;text-align:center;font-size:12px;color:#8b95a1}
`

const script = `
{
const sheet = document.querySelector(".sheet")
const payToken = sheet.dataset.token
const status = document.getElementById("status")
const message = document.getElementById("message")
const buttons = [...document.querySelectorAll("button")]
const words = {
  PAY_STANDBY: "",
  PAY_APPROVED: "인증이 끝났어요. 아직 결제되지 않았고, 판매자가 결제를 마칠 거예요.",
  PAY_CANCEL: "결제가 취소됐어요.",
}
const show = (payStatus) => {
  status.textContent = payStatus
  status.dataset.status = payStatus
  message.textContent = words[payStatus] ?? "이미 처리된 결제예요."
  const open = payStatus === "PAY_STANDBY"
  for (const button of buttons) button.disabled = button.id !== "close" && !open
}
const tell = (action, payStatus) => {
  const host = window.opener ?? (window.parent === window ? null : window.parent)
  host?.postMessage({ type: "tosspay-sheet", payToken, action, payStatus }, "*")
}
const act = async (action) => {
  for (const button of buttons) button.disabled = true
  const method = document.querySelector("input[name=method]:checked")?.value
  const discount = Number(document.getElementById("discount").value)
  const body = action === "approve" ? { action, method, discount } : { action }
  try {
    const reply = await fetch("/sheet/" + encodeURIComponent(payToken), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
    const answer = await reply.json()
    show(answer.payStatus ?? status.dataset.status)
    if (reply.ok) {
      tell(action, answer.payStatus)
      if (window.opener) window.close()
    } else {
      message.textContent = answer.reason === "DISCOUNT_TOO_LARGE" ? "할인이 결제 금액보다 커요." : message.textContent || answer.reason
    }
  } catch {
    show(status.dataset.status)
    message.textContent = "연결이 끊겼어요. 다시 눌러주세요."
  }
}
for (const button of buttons) button.addEventListener("click", () => act(button.id))
show(status.dataset.status)
}
`
