import type { Mode } from '../flow/0-primitives.js';

/** What Apply needs of the configuration. */
export interface ApplySettings {
  readonly mode: Mode;
  readonly symbols: readonly string[];
  readonly allowlist: ReadonlySet<string>;
  readonly pollMs: number;
  readonly windowMs: number;
  readonly stepMs: number;
  readonly dedupeTtlMs: number;
  readonly proposalMaxAgeSec: number;
  /** An older snapshot fixes no target. */
  readonly staleThresholdMs: number;
  readonly maxAttempts: number;
  readonly repeatPolicy: 'once_per_episode' | 'every_proposal';
  readonly killScoreCritical: number;
  readonly killScoreWarning: number;
  readonly unknownProofMs: number;
  readonly recvWindowMs: number;
  readonly accountFingerprint: string;
  cooldownMs(symbol: string): number;
}
