/** The words of the sheet, in the language of the page beneath it. */

const ko = {
  orderNumber: "주문 번호",
  mode: "결제 방식",
  modes: { TEST: "테스트 결제", LIVE: "실제 결제" },
  won: (amount: number) => `${amount.toLocaleString("ko-KR")}원`,
  pay: "결제하기",
  close: "닫기",
  note: "시뮬레이터예요. 실제 돈은 움직이지 않아요.",
  closed: "사용자가 결제를 취소했어요.",
  declined: "결제가 거절되었어요.",
}

const en: typeof ko = {
  orderNumber: "Order number",
  mode: "Mode",
  modes: { TEST: "Test payment", LIVE: "Live payment" },
  won: (amount) => `₩${amount.toLocaleString("en-US")}`,
  pay: "Pay",
  close: "Close",
  note: "This is a simulator. No real money moves.",
  closed: "The buyer cancelled the payment.",
  declined: "The payment was declined.",
}

export const words = { ko, en }

export const pageLanguage = (): keyof typeof words => (document.documentElement.lang === "en" ? "en" : "ko")
