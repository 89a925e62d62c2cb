import type { Environment } from '../config/environment.js';
import type { SymbolSettings } from '../config/symbols/symbol-settings.js';
import type { ExchangePort } from '../exchange/exchange.port.js';
import type { Mode } from '../flow/0-primitives.js';

/** Nest token of the {@link ApplySettings}. */
export const APPLY_SETTINGS = Symbol('APPLY_SETTINGS');

/** The settings that Apply needs. */
export interface ApplySettings {
  readonly mode: Mode;
  readonly symbols: readonly string[];
  readonly allowlist: ReadonlySet<string>;
  readonly pollMs: number;
  readonly windowMs: number;
  readonly stepMs: number;
  readonly dedupeTtlMs: number;
  readonly proposalMaxAgeSec: number;
  /** No target is fixed from an older snapshot. */
  readonly staleThresholdMs: number;
  readonly maxAttempts: number;
  readonly proposalsPerMin: number;
  readonly repeatPolicy: 'once_per_episode' | 'every_proposal';
  readonly killScoreCritical: number;
  readonly killScoreWarning: number;
  readonly unknownProofMs: number;
  readonly recvWindowMs: number;
  readonly accountFingerprint: string;
  cooldownMs(symbol: string): number;
}

export function applySettings(
  env: Environment,
  symbolSettings: SymbolSettings,
  { accountFingerprint }: ExchangePort,
): ApplySettings {
  return {
    mode: env.applyMode,
    symbols: env.symbols,
    allowlist: new Set(env.applyAllowlist),
    pollMs: env.applyPollSec * 1000,
    windowMs: env.applyPermitWaitMs,
    stepMs: env.applyPermitStepMs,
    dedupeTtlMs: Math.ceil(env.applyDedupeTtlSec * 1000),
    proposalMaxAgeSec: env.applyProposalMaxAgeSec,
    staleThresholdMs: env.p33StaleThresholdSec * 1000,
    maxAttempts: env.applyMaxAttempts,
    proposalsPerMin: env.applyProposalsPerMin,
    repeatPolicy: env.applyRepeatPolicy,
    killScoreCritical: env.kBlockCritical,
    killScoreWarning: env.kBlockWarning,
    unknownProofMs: env.exchangeUnknownProofSec * 1000,
    recvWindowMs: env.exchangeRecvWindowMs,
    accountFingerprint,
    cooldownMs: (symbol) => Math.ceil(symbolSettings.forSymbol(symbol).cooldownSec * 1000),
  };
}
