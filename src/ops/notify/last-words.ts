import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, redactionOf } from '../../config/environment.js';
import { CONDITIONS } from './catalogue.js';
import { channelSettings, deploymentName } from './channels/index.js';
import type { LastWords } from './last-words-child.js';
import { messageOf } from './message.js';

/** A dying process waits this long for its last message. */
const WITHIN_MS = 2_000;
/** A process that is started again and again dies again and again: one message in this time. */
const AGAIN_AFTER_MS = 300_000;
const CHILD = fileURLToPath(new URL('last-words-child.js', import.meta.url));

/**
 * Tells people that this process ends by an error. A child process sends it, for which this process waits and does nothing else: after an
 * error that nobody caught no order may be sent. Returns within 2 s and never throws.
 */
export function sendLastWords(environment: Environment, detail: string): void {
  try {
    const settings = channelSettings(environment);
    if (Object.keys(settings).length === 0 || isRepetition(environment)) return;
    const { severity } = CONDITIONS.process_died;
    const text = `${[...environment.roles].join(', ')} ${environment.instanceId} ends by an uncaught error: ${detail}`;
    const line = { kind: 'new', key: 'process_died', reason: 'process_died', severity, text } as const;
    const message = messageOf(
      [{ ...line, sinceMs: Date.now(), remedy: 'permit-gate fleet' }],
      deploymentName(environment),
      redactionOf(environment),
    );
    const words: LastWords = { settings, message, withinMs: WITHIN_MS - 200 };
    spawnSync(process.execPath, [CHILD], {
      input: JSON.stringify(words),
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: WITHIN_MS,
      killSignal: 'SIGKILL',
      env: pick('PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'TZ'),
    });
  } catch (error) {
    process.stderr.write(`the last message could not be sent: ${String(error)}\n`);
  }
}

function pick(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A mark in a file, because Redis cannot be asked any more. Where it cannot be written, each death is told. */
function isRepetition({ controlStateDir, redisKeyPrefix, instanceId }: Environment): boolean {
  const name = createHash('sha256').update(`${redisKeyPrefix} ${instanceId}`).digest('hex').slice(0, 16);
  const path = join(controlStateDir ?? tmpdir(), `permit-gate-last-words-${name}`);
  try {
    const mark = lstatSync(path, { throwIfNoEntry: false });
    if (mark !== undefined && Date.now() - mark.mtimeMs < AGAIN_AFTER_MS) return true;
    rmSync(path, { force: true });
    // In a folder that others may write to, a link of theirs is not followed.
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
    return false;
  } catch (error) {
    process.stderr.write(`no mark of the last message could be written: ${String(error)}\n`);
    return false;
  }
}
