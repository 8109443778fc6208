/** Somebody with the database's superuser: triggers off, anything may be written, and hashes are made again. */

import type postgres from "postgres"
import { type EventRow, hashOf } from "../../server/log/chain.ts"
import { type EventRecord, eventColumns, rowOf } from "../../server/log/records.ts"

/** Runs statements with every trigger of the tables off. */
export const unhindered = async (
  sql: postgres.Sql,
  run: (sql: postgres.Sql) => Promise<unknown>,
): Promise<void> => {
  for (const state of ["DISABLE", "ENABLE ALWAYS"] as const) {
    if (state !== "DISABLE") await run(sql)
    const triggers = await sql<Array<{ table: string; name: string }>>`
      SELECT tgrelid::regclass::text AS table, tgname AS name FROM pg_trigger WHERE NOT tgisinternal`
    for (const { table, name } of triggers) {
      await sql.unsafe(`ALTER TABLE ${table} ${state} TRIGGER ${name}`)
    }
  }
}

export const historyOf = async (sql: postgres.Sql, checkoutId: string): Promise<ReadonlyArray<EventRow>> =>
  (
    await sql<Array<EventRecord>>`
      ${eventColumns(sql)} FROM checkout_event e WHERE checkout_id = ${checkoutId} ORDER BY version`
  ).map(rowOf)

/** Changes a history and makes every hash from there on again, the one in `checkout` too: its chain is whole. */
export const rewriteHistory = async (
  sql: postgres.Sql,
  checkoutId: string,
  change: (row: EventRow) => EventRow,
): Promise<void> => {
  let prevHash: string | null = null
  for (const before of await historyOf(sql, checkoutId)) {
    const changed = { ...change(before), prevHash }
    const hash = hashOf(changed)
    await sql`
      UPDATE checkout_event
         SET data = ${sql.json(changed.data as never)}, recorded_at = ${changed.recordedAt},
             prev_hash = ${prevHash === null ? null : Buffer.from(prevHash, "hex")}, hash = ${Buffer.from(hash, "hex")}
       WHERE checkout_id = ${checkoutId} AND version = ${before.version}`
    await sql`
      UPDATE checkout SET hash = ${Buffer.from(hash, "hex")}, updated_at = ${changed.recordedAt}
       WHERE checkout_id = ${checkoutId}`
    prevHash = hash
  }
}

/** Takes the last rows of a history away and makes the row in `checkout` what is left. */
export const cutHistory = async (sql: postgres.Sql, checkoutId: string, keep: number): Promise<void> => {
  await sql`DELETE FROM checkout_event WHERE checkout_id = ${checkoutId} AND version > ${keep}`
  await sql`
    UPDATE checkout c
       SET version = e.version, hash = e.hash, updated_at = e.recorded_at,
           state = split_part(e.to_state, '.', 1), substate = split_part(e.to_state, '.', 2)
      FROM checkout_event e
     WHERE c.checkout_id = ${checkoutId} AND e.checkout_id = c.checkout_id AND e.version = ${keep}`
}

/** Adds a row after the last one, chained as it should be, at a place of the feed of one's own choice. */
export const insertRow = async (
  sql: postgres.Sql,
  checkoutId: string,
  row: Pick<EventRow, "type" | "to" | "data">,
  feedPosition: number,
): Promise<void> => {
  const last = (await historyOf(sql, checkoutId)).at(-1)
  if (last === undefined) throw new Error("there is no such history")
  const next = { ...last, ...row, from: last.to, version: last.version + 1, prevHash: last.hash }
  const hash = Buffer.from(hashOf(next), "hex")
  await sql`
    INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
                                prev_hash, hash, feed_position)
    VALUES (${checkoutId}, ${next.version}, ${next.type}, ${next.from}, ${next.to}, ${sql.json(next.data as never)},
            ${next.machineVersion}, ${next.recordedAt}, ${Buffer.from(last.hash, "hex")}, ${hash}, ${feedPosition})`
  const [state, substate] = next.to.split(".") as [string, string]
  await sql`
    UPDATE checkout SET version = ${next.version}, hash = ${hash}, state = ${state}, substate = ${substate}
     WHERE checkout_id = ${checkoutId}`
}
