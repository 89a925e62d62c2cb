import type { Environment } from '../environment.js';
import { SYMBOL_FIELDS, type SymbolValues } from './symbol-values.js';

/** The limits and thresholds in force for one symbol. */
export interface EffectiveSymbolValues {
  readonly maxExecPerHour: number;
  readonly maxExecPer5Min: number;
  /** Plain decimal text. */
  readonly maxReduceNotionalPerDayUsd: string;
  /** Plain decimal text in the symbol's own units; `null` where there is no such limit. */
  readonly maxReduceQtyPerDay: string | null;
  readonly tolerancePct: number;
  readonly cooldownSec: number;
}

/**
 * Per-symbol values. A variable that was set goes before the YAML files; there the symbol's own entry goes before
 * `defaults`; what nobody set has the variable's default.
 */
export class SymbolSettings {
  constructor(private readonly environment: Environment) {}

  forSymbol(symbol: string): EffectiveSymbolValues {
    const e = this.environment;
    const { defaults, symbols } = e.symbolFile;
    const own = symbols.get(symbol);
    const fromFile = <F extends keyof SymbolValues>(field: F): SymbolValues[F] | undefined =>
      e.given.has(SYMBOL_FIELDS.get(field)?.variable ?? '') ? undefined : (own?.[field] ?? defaults[field]);
    return {
      maxExecPerHour: fromFile('maxExecPerHour') ?? e.govMaxExecPerHour,
      maxExecPer5Min: fromFile('maxExecPer5Min') ?? e.govMaxExecPer5Min,
      maxReduceNotionalPerDayUsd: fromFile('maxReduceNotionalPerDayUsd') ?? e.govMaxReduceNotionalPerDayUsd,
      maxReduceQtyPerDay: fromFile('maxReduceQtyPerDay') ?? e.govMaxReduceQtyPerDay ?? null,
      tolerancePct: fromFile('tolerancePct') ?? e.p33QtyTolerancePct,
      cooldownSec: fromFile('cooldownSec') ?? e.p33CooldownSec,
    };
  }
}
