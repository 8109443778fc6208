/** The page's own words. What went wrong comes from the server, in the buyer's language. */

export type Language = "ko" | "en"

const ko = {
  title: "동네 카페",
  subtitle: "tosspay-checkout 데모",
  quantity: "수량",
  less: "빼기",
  more: "더하기",
  amount: "금액 (원)",
  total: "합계",
  refund: "결제 후 7일 안에 전액 환불할 수 있어요.",
  pay: "결제하기",
  empty: "상품을 골라 주세요",
  creating: "주문을 만들고 있어요…",
  authenticating: "결제창에서 인증해 주세요…",
  executing: "결제하고 있어요…",
  confirming: "결제 결과를 확인하고 있어요. 다시 결제하지 마세요.",
  paid: "결제했어요",
  orderId: "주문 번호",
  approvedAt: "결제 시각",
  another: "다른 주문 하기",
  orders: "최근 주문",
  none: "아직 주문이 없어요.",
  language: "English",
}

const en: typeof ko = {
  title: "Corner café",
  subtitle: "tosspay-checkout demo",
  quantity: "Quantity",
  less: "Remove one",
  more: "Add one",
  amount: "Amount (won)",
  total: "Total",
  refund: "You can get a full refund within 7 days.",
  pay: "Pay",
  empty: "Choose something",
  creating: "Creating your order…",
  authenticating: "Please confirm in the payment sheet…",
  executing: "Paying…",
  confirming: "We are confirming your payment. Please do not pay again.",
  paid: "Paid",
  orderId: "Order",
  approvedAt: "Paid at",
  another: "Order something else",
  orders: "Recent orders",
  none: "No orders yet.",
  language: "한국어",
}

export const words = { ko, en }

export const won = (amount: number, language: Language): string =>
  language === "ko" ? `${amount.toLocaleString("ko-KR")}원` : `₩${amount.toLocaleString("en-US")}`
