import { Schedule } from "effect"

/** How stubbornly what has happened outside is recorded while the database is away: ten tries more, in about half a minute. */
export const patient = Schedule.exponential(100, 1.7).pipe(Schedule.upTo({ times: 10 }))
