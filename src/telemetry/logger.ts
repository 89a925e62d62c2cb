import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Nest token of the process' one logger. */
export const LOGGER = Symbol('LOGGER');
export type Logger = PinoLogger;

/** Names under which a secret could travel; what is found there is not written. */
const REDACTED = [
  'password',
  'secret',
  'token',
  'apiKey',
  'apiSecret',
  'authorization',
  'headers.authorization',
  'signature',
  '*.password',
  '*.secret',
  '*.apiKey',
  '*.apiSecret',
  '*.signature',
];

export interface LoggerOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  readonly base: Readonly<Record<string, string>>;
}

/** JSON lines with `level` as a word, `time` in ISO 8601 and the text under `msg`. */
export function createLogger(options: LoggerOptions): Logger {
  const common = {
    level: options.level,
    base: options.base,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (options.format === 'json') return pino(common, turnByTurn());
  const { formatters: _formatters, ...pretty } = common;
  return pino({
    ...pretty,
    transport: { target: 'pino-pretty', options: { translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' } },
  });
}

/**
 * stdout, with the lines of one turn of the event loop in one write. They are out before the loop waits again, and when
 * the process exits, also by an error: they cannot be lost but with the turn itself.
 */
function turnByTurn(): DestinationStream {
  const stdout = pino.destination({ dest: 1, sync: true });
  let lines = '';
  const flush = (): void => {
    if (lines !== '') stdout.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

/** Nest's own messages through the same logger, one level lower: they are of interest to developers. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ detail: rest.map(String) }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }
}
