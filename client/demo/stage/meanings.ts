/** What each state of the machine is, in both languages of the demo. The machine itself speaks English. */

import { type StatePath, stateMeanings } from "../../../machines/index.ts"

const ko: Readonly<Record<StatePath, string>> = {
  "minted.requesting": "주문을 기록하고 토스페이에 payToken을 요청하고 있어요.",
  "minted.ready": "payToken을 받았어요. 결제창을 열 수 있어요.",
  "minted.lapsing": "payToken의 시간이 끝났어요. 만료하기 전에 토스페이에 물어봐요.",
  "authenticating.sheet": "웹뷰가 결제창을 열었다고 알렸어요.",
  "authenticating.unknown": "결제창에서 쓸 수 있는 답이 없었어요. 토스페이에 물어보고 있어요.",
  "authenticated.claimed": "웹뷰가 인증했다고 알렸어요. 아직 청구되지 않았어요.",
  "authenticated.confirmed": "토스페이가 인증을 확인했어요. 아직 청구되지 않았고, 서버가 결제를 실행해요.",
  "executing.calling": "한 작업자만 실행 권한을 갖고 execute-payment를 부르고 있어요.",
  "executing.unknown": "청구됐을 수도 있어요. 알게 될 때까지 토스페이에 물어봐요.",
  "executing.postponed": "토스페이가 나중에 다시 오라고 했어요. 이 호출로는 청구되지 않았어요.",
  "executing.refused": "토스페이가 거절했어요. 그대로 믿기 전에 상태를 한 번 더 물어봐요.",
  "executing.review": "하루 동안 물어봐도 답이 없었어요. 사람이 확인해야 해요.",
  "settled.paid": "결제됐어요. 금액, 주문, 토큰, 모드가 모두 같아요.",
  "settled.owed": "결제됐고 환불할 차례예요. 진행 중인 환불 호출은 없어요.",
  "settled.refunding": "결제됐고 환불하고 있어요.",
  "settled.stuck": "결제됐지만 환불이 어떻게 됐는지 하루 동안 알 수 없었어요. 사람이 확인해야 해요.",
  "settled.refunded": "결제됐고 전액 환불했어요.",
  "mismatched.charged": "주문과 다르게 청구됐어요. 환불할지는 사람이 정해요.",
  "mismatched.owed": "주문과 다르게 청구됐어요. 환불할 차례이고, 진행 중인 호출은 없어요.",
  "mismatched.refunding": "주문과 다르게 청구된 돈을 환불하고 있어요.",
  "mismatched.stuck":
    "주문과 다르게 청구된 돈의 환불이 어떻게 됐는지 하루 동안 알 수 없었어요. 사람이 확인해야 해요.",
  "mismatched.refunded": "주문과 다르게 청구된 돈을 환불했어요.",
  "mismatched.open": "토스페이의 답이 주문과 달라요. 아직 청구될 수도 있어 지켜보고 있어요.",
  "mismatched.closed": "토스페이의 답이 주문과 달라요. 청구되지 않았고 앞으로도 청구되지 않아요.",
  "failed.open":
    "결제되지 않았어요. 답을 못 받은 호출이 늦게 닿을 수도 있어, 토스페이에서 결제가 닫힐 때까지 지켜봐요.",
  "failed.closed": "결제되지 않았고 앞으로도 청구되지 않아요.",
}

export const meanings = { ko, en: stateMeanings }
