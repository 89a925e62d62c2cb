import type { Environment } from '../environment.js';
import type { ConfigFault } from '../fault.js';

/** Something that several variables must fulfil together. */
export interface Rule {
  /** The rule in one sentence, for the documentation page. */
  readonly says: string;
  /** What the rule looks at; it is left out while one of these has a fault of its own. */
  readonly reads: readonly Extract<keyof Environment, string>[];
  readonly faults: (environment: Environment) => readonly (ConfigFault | false)[];
}
