/** The console and the server never import each other; here both are seen, so that what one sends is what the other reads. */

import { expectTypeOf, it } from "vitest"
import type * as read from "../../client/console/api/types.ts"
import type { Alert } from "../../server/alerts/alerts.ts"
import type { Summary } from "../../server/audit/summary.ts"
import type { AuditView } from "../../server/audit/view.ts"
import type { SubscriptionStatus } from "../../server/subscriptions/deliveries.ts"
import type { DeliveryView } from "../../server/subscriptions/inspect.ts"

it("the console reads what the server sends", () => {
  expectTypeOf<AuditView>().toExtend<read.CheckoutRow>()
  expectTypeOf<Summary>().toExtend<read.Summary>()
  expectTypeOf<DeliveryView>().toExtend<read.Delivery>()
  expectTypeOf<SubscriptionStatus>().toExtend<read.Subscription>()
  expectTypeOf<Alert>().toExtend<read.Alert>()
})
