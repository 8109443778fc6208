/** How a checkout is found by a name of its own, each by an index: in SQL, for whoever asks for it alone or among others. */

import type postgres from "postgres"
import type { Lookup } from "./eventLog.ts"

/** The id of the checkout that has this name; no row if none has. What is not even an order id names none. */
export const checkoutNamed = (sql: postgres.Sql, by: Lookup["by"], name: string) =>
  ({
    checkoutId: sql`SELECT checkout_id FROM checkout WHERE checkout_id = ${name}`,
    orderId: sql`
      SELECT checkout_id FROM checkout WHERE checkout_id = checkout_of_order(${name}) AND order_id = ${name}`,
    payToken: sql`SELECT checkout_id FROM checkout_pay_token WHERE pay_token = ${name}`,
  })[by]
