import type { Environment } from '../config/environment.js';
import type { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { type MarketSymbol, parseMarketSymbols } from '../flow/0-primitives.js';

/** Nest token of the {@link PositionSettings}. */
export const POSITION_SETTINGS = Symbol('POSITION_SETTINGS');

export interface PositionSettings {
  readonly symbols: readonly MarketSymbol[];
  readonly pollMs: number;
  readonly ledgerBootstrap: 'adopt' | 'hold';
  /** Client order id prefixes of other sources that trade this account on purpose. */
  readonly declaredPrefixes: readonly string[];
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly staleThresholdSec: number;
  /** How long trades from before a change of Redis block a symbol. */
  readonly forgottenProofMs: number;
  forSymbol(symbol: string): { readonly tolerancePct: number; readonly cooldownSec: number };
}

export function positionSettings(env: Environment, symbolSettings: SymbolSettings): PositionSettings {
  return {
    symbols: parseMarketSymbols(env.p33Allowlist),
    pollMs: env.p33PollSec * 1000,
    ledgerBootstrap: env.p33LedgerBootstrap,
    declaredPrefixes: env.p33ExplainedPrefixes,
    windowMs: env.applyPermitWaitMs,
    permitTtlMs: env.p33PermitTtl * 1000,
    staleThresholdSec: env.p33StaleThresholdSec,
    forgottenProofMs: env.exchangeUnknownProofSec * 1000,
    forSymbol: (symbol) => symbolSettings.forSymbol(symbol),
  };
}
