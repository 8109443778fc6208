/** What the way to TossPay needs to know. */
export interface TossPaySettings {
  readonly baseUrl: string
  readonly certFile: string | null
  readonly keyFile: string | null
  readonly caFile: string | null
  /** `true` is the sandbox: no money moves and answers must say `mode: TEST`. */
  readonly testPayment: boolean
  /** How long one call may take. Always shorter than the lease: a worker never waits for a call it no longer owns. */
  readonly timeoutMs: number
}
