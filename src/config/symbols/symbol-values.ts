import type { PropertyOf } from '../variable.js';
import {
  VARIABLES,
  type DeclaredVariable,
  type EnvironmentValues,
  type SymbolFieldOf,
  type VariableName,
} from '../values.js';

/** The fields of the YAML files and the variables they override, in the order of the table. */
export const SYMBOL_FIELDS: ReadonlyMap<string, DeclaredVariable> = new Map(
  VARIABLES.flatMap((variable) => (variable.perSymbol === undefined ? [] : [[variable.perSymbol, variable]])),
);

type SymbolVariable = { [N in VariableName]: SymbolFieldOf<N> extends never ? never : N }[VariableName];
type InForce<T> = undefined extends T ? Exclude<T, undefined> | null : T;

/** The limits and thresholds in force for one symbol, by their YAML fields; `null` where there is no such limit. */
export type EffectiveSymbolValues = {
  readonly [N in SymbolVariable as SymbolFieldOf<N>]: InForce<EnvironmentValues[PropertyOf<N>]>;
};

/** The values that may differ from symbol to symbol. */
export type SymbolValues = { readonly [Field in keyof EffectiveSymbolValues]?: EffectiveSymbolValues[Field] };

/** The values of all YAML files of the configuration directory together. */
export interface SymbolFile {
  readonly defaults: SymbolValues;
  readonly symbols: ReadonlyMap<string, SymbolValues>;
}
