import type { FactoryProvider, LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { printable, printableJson, printableLines, type Redaction } from '../flow/0-outside-text.js';
import { LogOutput } from './log-output.js';
import type { OutageLog } from './outage-log.js';

/** Nest token of the process' one logger. */
export const LOGGER = Symbol('LOGGER');
export type Logger = PinoLogger;

/** Nest token of the logger of the role whose module it is. */
export const ROLE_LOGGER = Symbol('ROLE_LOGGER');

/** Its lines say which role wrote them. */
export function roleLogger(role: string): FactoryProvider<Logger> {
  return { provide: ROLE_LOGGER, inject: [LOGGER], useFactory: (logger: Logger) => logger.child({ role }) };
}

/** Field names that may hold a secret; their values are not logged. */
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
  readonly outages: OutageLog;
  /** Takes the secrets of the process out of every line. */
  readonly redaction: Redaction;
}

export interface ProcessLog {
  readonly logger: Logger;
  readonly output: LogOutput;
}

/**
 * The log of a process, on standard output: JSON lines with `level` as a word, `time` in ISO 8601 and the text under `msg`,
 * or lines for people. Standard output never blocks the process, see {@link LogOutput}; the last lines are flushed
 * when the process exits, also by an error.
 */
export async function createLog(options: LoggerOptions): Promise<ProcessLog> {
  const output: LogOutput = new LogOutput(1, {
    onRecovered: (dropped) =>
      logger.warn({ dropped }, `${dropped} log lines were dropped: standard output could not be written`),
  });
  const shown = (line: string): string => printableJson(options.redaction.hide(line));
  const common = {
    level: options.level,
    base: options.base,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: options.outages.hooks,
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  const logger: Logger =
    options.format === 'json'
      ? pino(
          { ...common, formatters: { level: (label) => ({ level: label }) } },
          { write: (line) => output.write(shown(line)) },
        )
      : pino(common, await forPeople((line) => output.write(line), shown));
  options.outages.writeTo(logger);
  process.on('exit', () => output.flushSync());
  return { logger, output };
}

/** Formats here, because a worker of pino has an unlimited queue and waits for standard output. */
async function forPeople(write: (line: string) => void, shown: (line: string) => string): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({ translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' });
  // Parsed texts hold raw control characters again: only the lines of a stack may stay lines.
  const readable = (key: string, value: unknown): unknown =>
    typeof value !== 'string' ? value : key === 'stack' ? printableLines(value) : printable(value);
  return { write: (line) => write(format(JSON.parse(shown(line), readable) as object)) };
}

/** Nest's own messages through the same logger, one level lower, because only developers need them. */
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
