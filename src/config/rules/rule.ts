import type { Environment } from '../environment.js';
import { fault, NOT_SET, type ConfigFault } from '../fault.js';
import type { EnvironmentValues, VariableName } from '../values.js';
import { propertyOf } from '../variable.js';

type Property = keyof EnvironmentValues;

/** A requirement that several variables must meet together. */
export interface Rule {
  /** The rule in one sentence, for the documentation page. */
  readonly description: string;
  /** The values that the rule looks at; it is skipped while one of them has its own fault. */
  readonly reads: readonly Property[];
  readonly faultsIn: (environment: Environment) => readonly ConfigFault[];
}

/** What a rule may see: of the values, those it declares. */
type Visible<Read extends Property> = Pick<Environment, Read | Exclude<keyof Environment, Property>>;

/** Each requirement is written `condition || fault(…)`: `true` when it is met. */
export function rule<const Read extends Property>(
  description: string,
  reads: readonly Read[],
  requirements: (environment: Visible<Read>) => readonly (ConfigFault | true)[],
): Rule {
  const faultsIn = (environment: Environment): ConfigFault[] =>
    requirements(environment).filter((each) => each !== true);
  return { description, reads, faultsIn };
}

/** Two variables that must be set together. */
export function together(first: VariableName, second: VariableName): Rule {
  return rule(
    `\`${first}\` and \`${second}\` are set together.`,
    [propertyOf(first), propertyOf(second)],
    ({ given }) => {
      const requires = (present: VariableName, other: VariableName): ConfigFault | true =>
        !given.has(present) ||
        given.has(other) ||
        fault(other, NOT_SET, `a value, because ${present} is set; or neither of the two`);
      return [requires(first, second), requires(second, first)];
    },
  );
}
