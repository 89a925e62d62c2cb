/** Nest token of the key functions. */
export const KEYS = Symbol('KEYS');
/** Nest token of the connection every command of the roles goes through. */
export const COMMANDS = Symbol('COMMANDS');
/** Nest token of the operators' connection. It uses the operators' user if one is configured. */
export const OPERATOR_COMMANDS = Symbol('OPERATOR_COMMANDS');
/** Nest token of the script runner on the operators' connection. */
export const OPERATOR_SCRIPTS = Symbol('OPERATOR_SCRIPTS');
/** Nest token of the plan journal on the operators' connection. */
export const OPERATOR_JOURNAL = Symbol('OPERATOR_JOURNAL');
/** Nest token of the blocking connection that reads permit events; Apply opens it. */
export const PERMIT_EVENTS_CONNECTION = Symbol('PERMIT_EVENTS_CONNECTION');
/** Nest token of how long, in ms, a signed order may still be accepted by the exchange. */
export const SETTLE_MS = Symbol('SETTLE_MS');
/** Nest token of the plan records, read on the operators' connection. */
export const OPERATOR_RECORDS = Symbol('OPERATOR_RECORDS');
