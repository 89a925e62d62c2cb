import { Injectable } from '@nestjs/common';
import { Environment } from '../environment.js';
import { SYMBOL_FIELDS, type EffectiveSymbolValues } from './symbol-values.js';

/**
 * Per-symbol values, in this order: a variable that is set, the symbol's own entry in the YAML files, their
 * `defaults`, the default of the variable.
 */
@Injectable()
export class SymbolSettings {
  constructor(private readonly environment: Environment) {}

  forSymbol(symbol: string): EffectiveSymbolValues {
    const { given, symbolFile } = this.environment;
    const fromFiles: object = { ...symbolFile.defaults, ...symbolFile.symbols.get(symbol) };
    const entries = Array.from(SYMBOL_FIELDS, ([field, { name, property }]) => {
      const fromFile: unknown = given.has(name) ? undefined : Reflect.get(fromFiles, field);
      return [field, fromFile ?? this.environment[property] ?? null];
    });
    return Object.fromEntries(entries) as EffectiveSymbolValues;
  }
}
