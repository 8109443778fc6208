/** The words around the phone. */

import type { TroubleName } from "../trouble.ts"

const ko = {
  stage: "무대 뒤",
  panels: { troubles: "무엇이 잘못될까", machine: "상태 기계", log: "서버 기록" },
  groups: { calm: "평소", sheet: "결제창", sdk: "SDK의 이상한 답", bank: "토스페이" },
  troubles: {
    none: ["아무 일도 없어요", "결제창에서 결제하거나 닫아요."],
    closed: ["결제창이 닫혀요", "청구 없음, 같은 주문을 다시 결제해요."],
    declined: ["결제가 거절돼요", "청구 없음, 다시 하면 새 주문이에요."],
    reload: ["도중에 화면이 다시 열려요", "이어서 한 번만 청구돼요."],
    silence: ["승인 뒤 아무 답이 없어요", "3분 뒤 서버에 물어보고 한 번만 청구돼요."],
    unseenSuccess: ["은행이 모르는 성공", "성공이라고 해도 청구되지 않아요."],
    errorAfterApproval: ["승인 뒤 오류로 끝나요", "그래도 한 번 청구돼요."],
    neitherYesNorNo: ['{ "false": … }', "성공도 실패도 아니에요. 청구 없음."],
    noValue: ["undefined", "값이 없어요. 청구 없음."],
    nativeError: ["네이티브 오류", "오류로 거부돼요. 청구 없음."],
    plainObject: ["Error가 아닌 객체", "객체로 거부돼요. 청구 없음."],
    lostAfter: ["청구된 뒤 답이 사라져요", "상태를 물어보고 한 번만 청구돼요."],
    lostBefore: ["청구되기 전에 답이 사라져요", "조회한 뒤 다시 실행해요. 한 번만 청구돼요."],
    slow: ["답이 4초 걸려요", "기다리고, 한 번만 청구돼요."],
    wrongAmount: ["다른 금액이라고 답해요", "불일치로 기록하고 자동으로 환불해요."],
    down: ["토스페이가 멈췄어요", "다른 것을 고를 때까지 모든 호출이 503이에요."],
  } satisfies Record<TroubleName, readonly [string, string]> as Record<
    TroubleName,
    readonly [string, string]
  >,
  chart: (at: string | null) => (at === null ? "상태 기계, 아직 주문 없음" : `상태 기계, 지금 ${at}`),
  legend: "파란 선은 지나온 길, 점선은 다음에 올 수 있는 상태예요.",
  way: "지나온 길",
  server: "서버",
  noOrder: "결제를 시작하면 여기에서 움직여요.",
  inspectors: "Stately 인스펙터로 보기",
  openStately: "새 창에서 열기",
  connect: "연결하기",
  disconnect: "연결 끊기",
  noSecrets: "payToken, 사용자 키, 결제 수단은 보내지 않아요.",
  ledger: "은행 장부",
  moved: {
    charge: (times: number, won: string) => `${times}번 청구, ${won}`,
    refund: (times: number, won: string) => `${times}번 환불, ${won}`,
  },
  notCharged: "청구 없음",
  differs: (field: string, ours: unknown, theirs: unknown) =>
    `${field}: 우리는 ${ours}, 토스페이는 ${theirs}`,
  noEvents: "주문이 생기면 서버가 남긴 기록이 한 줄씩 나타나요.",
}

const en: typeof ko = {
  stage: "Behind the scenes",
  panels: { troubles: "What goes wrong", machine: "Machine", log: "Server log" },
  groups: { calm: "As usual", sheet: "The sheet", sdk: "Odd answers of the SDK", bank: "TossPay" },
  troubles: {
    none: ["Nothing", "Pay in the sheet, or close it."],
    closed: ["The sheet is closed", "Not charged; the same order can be paid."],
    declined: ["The payment is declined", "Not charged; the next try is a new order."],
    reload: ["The page reloads in the middle", "It goes on, and charges once."],
    silence: ["Approved, then no answer", "The server is asked after 3 minutes; charged once."],
    unseenSuccess: ["A success the bank never saw", "Whatever the sheet says, nothing is charged."],
    errorAfterApproval: ["Approved, then an error", "Charged once all the same."],
    neitherYesNorNo: ['{ "false": … }', "Neither yes nor no. Not charged."],
    noValue: ["undefined", "No value at all. Not charged."],
    nativeError: ["A native error", "Rejected with an error. Not charged."],
    plainObject: ["An object that is no Error", "Rejected with an object. Not charged."],
    lostAfter: ["Answer lost after the charge", "The status is asked; charged once."],
    lostBefore: ["Answer lost before the charge", "Asked first, then executed again; charged once."],
    slow: ["The answer takes 4 seconds", "We wait; charged once."],
    wrongAmount: ["It answers another amount", "Stops as a mismatch; given back by itself."],
    down: ["TossPay is down", "Every call is a 503 until you choose otherwise."],
  },
  chart: (at) => (at === null ? "The machine, no order yet" : `The machine, now in ${at}`),
  legend: "Blue is the way it took, dashed is what may come next.",
  way: "The way it took",
  server: "server",
  noOrder: "It moves as soon as you pay.",
  inspectors: "Show it in the Stately inspector",
  openStately: "Open in a window",
  connect: "Connect",
  disconnect: "Disconnect",
  noSecrets: "Neither payTokens nor user keys nor payment methods are sent.",
  ledger: "The bank's ledger",
  moved: {
    charge: (times, won) => `charged ${often(times)}, ${won}`,
    refund: (times, won) => `refunded ${often(times)}, ${won}`,
  },
  notCharged: "not charged",
  differs: (field, ours, theirs) => `${field}: ours ${ours}, theirs ${theirs}`,
  noEvents: "What the server records of your order appears here, line by line.",
}

const often = (times: number): string => (times === 1 ? "once" : `${times} times`)

export const words = { ko, en }
