/** The settings of `npm run chaos` in the tests: over within half a minute. */
export const shortly = {
  seed: 0,
  lifecycles: 60,
  servers: 2,
  standby: false,
  crowd: 16,
  kills: 2,
  restarts: 1,
  faultRate: 0.4,
  leaseMs: 1_000,
  ttlMs: 4_000,
  patienceMs: 60_000,
  keep: false,
}
