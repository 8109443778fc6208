/**
 * A faithful stand-in for the TossPay partner API: in process as the service `TossPaySimulator`, over HTTP or mutual
 * TLS with `simulatorServer`.
 */

export type { CallName } from "./calls.ts"
export type { WireReply } from "./envelope.ts"
export type { Fault } from "./faults.ts"
export type { LedgerEntry, Payment } from "./payment.ts"
export { type ServerOptions, SimulatorAddress, simulatorServer } from "./server.ts"
export { type SimulatorOptions, TossPaySimulator } from "./simulator.ts"
