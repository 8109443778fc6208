/** The page's own words. What went wrong comes from the server, in the buyer's language. */

export type Language = "ko" | "en"

const ko = {
  title: "동네 카페",
  subtitle: "tosspay-checkout 데모",
  language: "English",
  unavailable: "상점을 불러오지 못했어요.",
  reload: "다시 불러오기",
  quantity: "수량",
  less: "빼기",
  more: "더하기",
  amount: "금액 (원)",
  total: "합계",
  refund: "결제 후 7일 안에 전액 환불할 수 있어요.",
  pay: (won: string) => `${won} 결제하기`,
  empty: "상품을 골라 주세요",
  paid: "결제했어요",
  paidAmount: "결제 금액",
  held: "확인이 필요해요",
  askAgain: "다시 확인하기",
  orderId: "주문 번호",
  another: "다른 주문 하기",
  orders: "최근 주문",
  none: "아직 주문이 없어요.",
  states: {
    minted: "결제 전",
    authenticating: "인증 중",
    authenticated: "인증됨",
    executing: "확인 중",
    settled: "결제 완료",
    mismatched: "확인 필요",
    failed: "결제 안 됨",
  } as Readonly<Record<string, string>>,
  refunds: { refunding: "환불 중", refunded: "환불 완료" },
}

const en: typeof ko = {
  title: "Corner café",
  subtitle: "tosspay-checkout demo",
  language: "한국어",
  unavailable: "The shop could not be loaded.",
  reload: "Load again",
  quantity: "Quantity",
  less: "Remove one",
  more: "Add one",
  amount: "Amount (won)",
  total: "Total",
  refund: "You can get a full refund within 7 days.",
  pay: (won: string) => `Pay ${won}`,
  empty: "Choose something",
  paid: "Paid",
  paidAmount: "Amount",
  held: "We have to look into this",
  askAgain: "Check again",
  orderId: "Order",
  another: "Order something else",
  orders: "Recent orders",
  none: "No orders yet.",
  states: {
    minted: "unpaid",
    authenticating: "authenticating",
    authenticated: "authenticated",
    executing: "confirming",
    settled: "paid",
    mismatched: "under review",
    failed: "not paid",
  },
  refunds: { refunding: "refunding", refunded: "refunded" },
}

export const words = { ko, en }

export const won = (amount: number, language: Language): string =>
  language === "ko" ? `${amount.toLocaleString("ko-KR")}원` : `₩${amount.toLocaleString("en-US")}`

export const time = (iso: string, language: Language): string =>
  new Date(iso).toLocaleString(language, {
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  })
