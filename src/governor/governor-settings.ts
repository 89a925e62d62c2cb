import type { Environment } from '../config/environment.js';
import type { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { type MarketSymbol, parseMarketSymbols } from '../flow/0-primitives.js';

/** Nest token of the {@link GovernorSettings}. */
export const GOVERNOR_SETTINGS = Symbol('GOVERNOR_SETTINGS');

export interface GovernorSettings {
  readonly symbols: readonly MarketSymbol[];
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly staleThresholdSec: number;
  readonly priceBandPct: number;
  readonly killScoreCritical: number;
  readonly autoDisarm: {
    readonly enabled: boolean;
    /** This many evaluation errors inside the window disarm the system. */
    readonly errorCount: number;
    readonly errorWindowMs: number;
    readonly onBurstBreach: boolean;
  };
  forSymbol(symbol: string): {
    readonly maxExecPerHour: number;
    readonly maxExecPer5Min: number;
    readonly maxReduceNotionalPerDayUsd: string;
    readonly maxReduceQtyPerDay: string | null;
    readonly approval: 'auto' | 'manual';
    readonly approvalAboveUsd: string | null;
    readonly approvalsNeeded: number;
  };
}

export function governorSettings(env: Environment, symbolSettings: SymbolSettings): GovernorSettings {
  return {
    symbols: parseMarketSymbols(env.applyAllowlist),
    windowMs: env.applyPermitWaitMs,
    permitTtlMs: env.govPermitTtl * 1000,
    staleThresholdSec: env.p33StaleThresholdSec,
    priceBandPct: env.govPriceBandPct,
    killScoreCritical: env.govKillScoreCritical,
    autoDisarm: {
      enabled: env.govEnableAutoDisarm,
      errorCount: env.govDisarmOnErrorCount,
      errorWindowMs: env.govDisarmErrorWindowSec * 1000,
      onBurstBreach: env.govDisarmOnBurstBreach,
    },
    forSymbol: (symbol) => symbolSettings.forSymbol(symbol),
  };
}
