import { IsOptional } from 'class-validator';
import { declarationsOf, type Declaration } from '../declaration.js';
import { GovernorVariables } from '../variables/governor.js';

/** What one field of a YAML file stands for. */
const fields = new Map<string, Declaration>();

/** Declares a field that overrides a variable for one symbol; it obeys the variable's own rules. */
function PerSymbol(variable: string): PropertyDecorator {
  return (target, property) => {
    const declaration = declarationsOf(GovernorVariables.prototype).find((each) => each.variable === variable);
    if (declaration === undefined) throw new Error(`${variable} is not declared`);
    IsOptional()(target, property);
    for (const rule of declaration.kind.rules) rule(target, property);
    fields.set(String(property), declaration);
  };
}

/** The values that may differ from symbol to symbol. What is left out keeps its default. */
export class SymbolValues {
  @PerSymbol('GOV_MAX_EXEC_PER_HOUR')
  readonly maxExecPerHour?: number;

  @PerSymbol('GOV_MAX_EXEC_PER_5MIN')
  readonly maxExecPer5Min?: number;

  @PerSymbol('GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD')
  readonly maxReduceNotionalPerDayUsd?: string;

  @PerSymbol('GOV_MAX_REDUCE_QTY_PER_DAY')
  readonly maxReduceQtyPerDay?: string;

  @PerSymbol('P33_QTY_TOLERANCE_PCT')
  readonly tolerancePct?: number;

  @PerSymbol('P33_COOLDOWN_SEC')
  readonly cooldownSec?: number;
}

/** The fields of {@link SymbolValues} and the variables they override, in the order of declaration. */
export const SYMBOL_FIELDS: ReadonlyMap<string, Declaration> = fields;

/** What all YAML files of the configuration directory say together. */
export interface SymbolFile {
  readonly defaults: SymbolValues;
  readonly symbols: ReadonlyMap<string, SymbolValues>;
}
