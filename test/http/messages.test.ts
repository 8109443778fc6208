import { describe, expect, it } from "vitest"
import type { RefundResult } from "../../machines/index.ts"
import { refundResponse } from "../../server/http/answers.ts"
import { messageOf } from "../../server/http/messages.ts"

describe("what people are told", () => {
  it("is TossPay's own text of a code that we have no words for, and where it is silent what was refused", () => {
    expect(messageOf("CARD_EXCEED_LIMIT", "ko", "한도를 초과했어요")).toBe("한도를 초과했어요")
    expect(messageOf("CARD_EXCEED_LIMIT", "en")).toBe(messageOf("PAYMENT_FAILED", "en"))
  })

  it("of a refund that TossPay refused without a word is not that nothing was charged", async () => {
    const refused: RefundResult = {
      ...({ outcome: "refused", orderId: "order-1", at: "settled.paid" } as const),
      ...{ reason: "PAYMENT_SHOP_STATE_CANNOT_REFUND", refund: null },
    }
    const { body } = refundResponse(refused, "en") as unknown as {
      readonly body: { readonly body: Uint8Array }
    }
    expect(JSON.parse(new TextDecoder().decode(body.body))).toMatchObject({
      message: "TossPay did not give it back. The money is still with the shop.",
    })
  })
})
