import { clock, moment } from "./format.ts"

/** A moment in the reader's zone; the machine-readable one, to the millisecond and in UTC, is in its title. */
export const Time = ({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) => (
  <time dateTime={at} title={at}>
    {exact ? clock(at) : moment(at)}
  </time>
)
