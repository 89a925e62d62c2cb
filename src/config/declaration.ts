import type { Kind } from './kinds/kind.js';

/** A group of variables on the documentation page and in `.env.example`. */
export interface Section {
  readonly title: string;
  readonly intro: string;
}

/** A default that follows from other values, and how that is said to a person. */
interface DerivedDefault<T> {
  readonly says: string;
  readonly from: (environment: object) => T;
}

/** Everything that is known about one variable: reading, faults, `.env.example` and the page all follow from it. */
export interface Declaration {
  readonly variable: string;
  readonly property: string;
  readonly kind: Kind<unknown>;
  readonly meaning: string;
  readonly section: Section;
  readonly derived: DerivedDefault<unknown> | undefined;
}

const declared = new WeakMap<object, Declaration[]>();

/**
 * Makes the decorator that declares the variables of one section. A property's initial value is the variable's default;
 * where the default depends on other values, `derived` computes it from what was declared before.
 */
export function variablesOf(title: string, intro: string) {
  const section: Section = { title, intro };
  return <T>(variable: string, kind: Kind<T>, meaning: string, derived?: DerivedDefault<T>) =>
    <K extends string>(target: Readonly<Record<K, T | undefined>>, property: K): void => {
      for (const rule of kind.rules) rule(target, property);
      const own = declared.get(target) ?? [];
      own.push({ variable, property, kind, meaning, section, derived });
      declared.set(target, own);
    };
}

/** A default computed from the values declared so far. */
export function derivedFrom<T>(says: string, from: (environment: never) => T): DerivedDefault<T> {
  return { says, from: (environment) => from(environment as never) };
}

/** The declarations of a class and of those it extends, first declared first. */
export function declarationsOf(prototype: object): readonly Declaration[] {
  const parent: object | null = Object.getPrototypeOf(prototype);
  return [...(parent === null ? [] : declarationsOf(parent)), ...(declared.get(prototype) ?? [])];
}

/** The name of the variable that names a file holding this secret. */
export function fileVariable(variable: string): string {
  return `${variable}_FILE`;
}
