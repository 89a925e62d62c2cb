/** Nest token of the key functions. */
export const KEYS = Symbol('KEYS');
/** Nest token of the connection every command of the roles goes through. */
export const COMMANDS = Symbol('COMMANDS');
/** Nest token of the plan journal as operators write it: on their own connection. */
export const OPERATOR_JOURNAL = Symbol('OPERATOR_JOURNAL');
/** Nest token of the operators' connection; `undefined` where the process' own does their writes. */
export const OPERATOR_COMMANDS = Symbol('OPERATOR_COMMANDS');
