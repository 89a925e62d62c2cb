import { validateSync } from 'class-validator';
import { DerivedDefault } from './derived-defaults.js';
import { propertyOf, type PropertyOf, type Variable } from './variable.js';
import { SECTIONS } from './variables.js';

type Rows = (typeof SECTIONS)[number]['rows'];
type NamesIn<R> = R extends unknown ? keyof R & string : never;
type RowNamed<N extends string, R = Rows> = R extends Record<N, infer Row> ? Row : never;

export type VariableName = NamesIn<Rows>;
export type ValueOf<N extends VariableName> = RowNamed<N> extends Variable<infer T> ? T : never;
export type SymbolFieldOf<N extends VariableName> = RowNamed<N> extends Variable<unknown, infer Field> ? Field : never;

/** One property per variable, named after it: `P33_POLL_SEC` is `p33PollSec`. */
export type EnvironmentValues = { readonly [N in VariableName as PropertyOf<N>]: ValueOf<N> };

/** A row of the table, with its name. */
export interface DeclaredVariable extends Variable<unknown> {
  readonly name: VariableName;
  readonly property: keyof EnvironmentValues;
}

/** Every variable in the order of the table. */
export const VARIABLES: readonly DeclaredVariable[] = SECTIONS.flatMap(({ rows }) => declared(rows));

/** The rows of one section as a list. */
export function declared(rows: { readonly [N in VariableName]?: Variable<unknown> }): DeclaredVariable[] {
  return Object.entries(rows).map(([key, row]) => {
    const name = key as VariableName;
    return { ...row, name, property: propertyOf(name) };
  });
}

class Values {
  constructor(values: Partial<EnvironmentValues>) {
    Object.assign(this, values);
  }
}
for (const { property, parser } of VARIABLES) for (const check of parser.checks) check(Values.prototype, property);

/** The class whose properties class-validator checks; its decorators come from the table. */
export const CheckedValues = Values as new (values: EnvironmentValues) => EnvironmentValues;

/** The properties whose value is not allowed. A property that is absent has no fault. */
export function refusedProperties(values: Partial<EnvironmentValues>): ReadonlySet<string> {
  const errors = validateSync(new Values(values), { skipUndefinedProperties: true });
  return new Set(errors.map(({ property }) => property));
}

/** Reads texts by variable name. `values` holds those that are allowed, `refused` the variables of the others. */
export function parseValues(texts: ReadonlyMap<string, string>): {
  values: Partial<EnvironmentValues>;
  refused: DeclaredVariable[];
} {
  const given = VARIABLES.filter(({ name }) => texts.has(name));
  const parsed = given.map(({ name, property, parser }) => [property, parser.parse(texts.get(name) ?? '')] as const);
  const refused = refusedProperties(Object.fromEntries(parsed));
  return {
    values: Object.fromEntries(parsed.filter(([property]) => !refused.has(property))),
    refused: given.filter(({ property }) => refused.has(property)),
  };
}

/** Adds the defaults of all that is absent. */
export function withDefaults(values: Partial<EnvironmentValues>): EnvironmentValues {
  const complete: Record<string, unknown> = {};
  for (const { property, fallback } of VARIABLES) {
    const computed = (): unknown =>
      fallback instanceof DerivedDefault ? fallback.from(complete as EnvironmentValues) : fallback;
    complete[property] = values[property] ?? computed();
  }
  return complete as EnvironmentValues;
}
