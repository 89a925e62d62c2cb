import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ApiOptions } from './api/client.js';
import { CommandFailure, EXIT, type ExitCode } from './exit.js';

const REDRAW_EVERY_MS = 2_000;
/** To the top left, and everything below it cleared: that flickers less than clearing first. */
const TO_TOP = '\u001b[H';
const CLEAR = '\u001b[2J';
const CLEAR_BELOW = '\u001b[J';

export interface WatchOptions extends ApiOptions {
  readonly watch?: boolean;
}

/** What a command shows of one answer. */
export interface Shown {
  readonly answer: object;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

/** Adds `--watch` to a command that ends in {@link show}. */
export function withWatch(command: Command): Command {
  return command.option('--watch', `show it again every ${REDRAW_EVERY_MS / 1_000} s, until Ctrl-C`);
}

/** Prints one answer, with `--json` as it came. */
export async function showOnce(options: ApiOptions, answer: object, words: () => string): Promise<void> {
  const { print, printJson } = await import('./terminal.js');
  if (options.json === true) printJson(answer);
  else print(words());
}

/**
 * Prints what `read` gives: once, or with `--watch` again and again until a signal. A connection that is lost is named, and asked for again;
 * any other failure ends it. With `--json` each answer is one document, with `--watch` on one line.
 */
export async function show(options: WatchOptions, read: () => Promise<Shown>): Promise<void> {
  const { printJsonLine } = await import('./terminal.js');
  if (options.watch !== true) {
    const { answer, text, exitCode = EXIT.ok } = await read();
    await showOnce(options, answer, () => text);
    if (exitCode !== EXIT.ok) process.exitCode = exitCode;
    return;
  }
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const screen = await screenOf(process.stdout.isTTY);
  let last: { readonly text: string; readonly at: string } | undefined;
  while (!interrupted.signal.aborted) {
    const at = new Date().toISOString().slice(11, 19);
    try {
      const { answer, text } = await read();
      last = { text, at };
      if (options.json === true) printJsonLine(answer);
      else screen([`${at} UTC, every ${REDRAW_EVERY_MS / 1_000} s, Ctrl-C ends it`, '', text]);
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unreachable) throw error;
      if (options.json === true) process.stderr.write(`${error.message}\n`);
      else screen([`${at} UTC: connection lost, it is tried again. ${error.message}`, '', ...before(last)]);
    }
    await pause(interrupted.signal);
  }
}

const before = (last: { readonly text: string; readonly at: string } | undefined): string[] =>
  last === undefined ? [] : [`As of ${last.at} UTC:`, '', last.text];

/** Writes over what it wrote before; where it is no terminal, below it. */
async function screenOf(isTerminal: boolean): Promise<(lines: readonly string[]) => void> {
  const { terminalText } = await import('./terminal.js');
  if (isTerminal) process.stdout.write(CLEAR);
  return (lines) => {
    const text = terminalText(lines.join('\n'));
    process.stdout.write(isTerminal ? TO_TOP + text.replaceAll('\n', '\u001b[K\n') + CLEAR_BELOW : `${text}\n`);
  };
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(REDRAW_EVERY_MS, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
