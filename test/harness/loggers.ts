import { pino } from 'pino';
import type { Logger } from '../../src/telemetry/logger.js';

export const SILENT: Logger = pino({ level: 'silent' });

/** Adds the text of every line to `messages`. */
export function loggerInto(messages: string[]): Logger {
  return pino({}, { write: (line: string) => messages.push(String((JSON.parse(line) as { msg: unknown }).msg)) });
}
