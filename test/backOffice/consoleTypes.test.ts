/** The console and the server never import each other; here both are seen, so that what one sends is what the other reads. */

import { expectTypeOf, it } from "vitest"
import type * as read from "../../client/console/api/types.ts"
import type { Session } from "../../client/console/session/session.ts"
import type { Alert } from "../../server/alerts/alerts.ts"
import type { AuditRecord } from "../../server/audit/read.ts"
import type { Summary } from "../../server/audit/summary.ts"
import type { AuditView } from "../../server/audit/view.ts"
import type { SessionView } from "../../server/http/admin/sessionApi.ts"
import type { Verification } from "../../server/http/admin/verification.ts"
import type { VerifyReport } from "../../server/integrity/verify.ts"
import type { EventRow } from "../../server/log/chain.ts"
import type { EventJson } from "../../server/log/feed.ts"
import type { SubscriptionStatus } from "../../server/subscriptions/deliveries.ts"
import type { DeliveryView } from "../../server/subscriptions/inspect.ts"

it("the console reads what the server sends", () => {
  expectTypeOf<AuditView>().toExtend<read.CheckoutRow>()
  expectTypeOf<AuditRecord>().toExtend<read.CheckoutRecord>()
  expectTypeOf<EventRow>().toExtend<read.EventRow>()
  expectTypeOf<EventJson>().toExtend<read.FeedEvent>()
  expectTypeOf<VerifyReport>().toExtend<read.Verification>()
  expectTypeOf<typeof Verification.Type>().toExtend<read.Verification>()
  expectTypeOf<typeof SessionView.Type>().toExtend<Session>()
  expectTypeOf<Summary>().toExtend<read.Summary>()
  expectTypeOf<DeliveryView>().toExtend<read.Delivery>()
  expectTypeOf<SubscriptionStatus>().toExtend<read.Subscription>()
  expectTypeOf<Alert>().toExtend<read.Alert>()
})
