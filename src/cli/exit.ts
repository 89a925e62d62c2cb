/** Exit codes of every command; 69 and 78 are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** A check failed. */
  notHolding: 1,
  usage: 2,
  /** A service that is needed cannot be reached. */
  unreachable: 69,
  configuration: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command cannot continue. The message says what was wrong and what to do. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
