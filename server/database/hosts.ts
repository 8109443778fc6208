/** The hosts, with their ports, that a database's URL names: one, or several of which one is the primary at a time. */
export const hostsOf = (databaseUrl: string): ReadonlyArray<string> =>
  (/^\w+:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(databaseUrl)?.[1] ?? "").split(",")
