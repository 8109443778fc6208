/** A server of the next release, as far as the database sees one: its migration, and what it writes then. */

import type postgres from "postgres"
import { machineVersion } from "../../machines/index.ts"
import { type EventRow, hashOf } from "../../server/log/chain.ts"
import { type EventRecord, eventColumns, rowOf } from "../../server/log/records.ts"

export const newerVersion = machineVersion + 1

/** The next release takes a checkout on: one more row, by a move that its migration has told the database of. */
export const takenOnByNewer = (
  sql: postgres.Sql,
  checkoutId: string,
  type: string,
  to: readonly [state: string, substate: string],
): Promise<unknown> =>
  sql.begin(async (tx) => {
    const [record] = await tx<[EventRecord]>`
      ${eventColumns(sql)} FROM checkout_event e WHERE checkout_id = ${checkoutId} ORDER BY version DESC LIMIT 1`
    const last = rowOf(record)
    const row: Omit<EventRow, "hash"> = {
      ...last,
      version: last.version + 1,
      type: type as EventRow["type"],
      from: last.to,
      to: to.join(".") as EventRow["to"],
      data: { asked: "by the buyer" },
      machineVersion: newerVersion,
      prevHash: last.hash,
    }
    const hash = Buffer.from(hashOf(row), "hex")
    await tx`
      INSERT INTO legal_move (machine_version, from_state, type, to_state)
      VALUES (${newerVersion}, ${row.from}, ${type}, ${row.to}) ON CONFLICT DO NOTHING`
    await tx`
      INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
                                  prev_hash, hash)
      VALUES (${checkoutId}, ${row.version}, ${type}, ${row.from}, ${row.to}, ${sql.json(row.data as never)},
              ${newerVersion}, ${row.recordedAt}, ${Buffer.from(last.hash, "hex")}, ${hash})`
    await tx`
      UPDATE checkout SET version = ${row.version}, moved_from = version, state = ${to[0]}, substate = ${to[1]}, hash = ${hash},
                          updated_at = ${row.recordedAt}, due_at = now() - interval '1 hour'
       WHERE checkout_id = ${checkoutId}`
  })
