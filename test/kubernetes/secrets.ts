import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAPER_KEYS } from '../harness/paper-exchange-process.js';

const PAGE = new URL('../../docs/kubernetes.md', import.meta.url);
const SETUP = new URL('../../docker/setup.mjs', import.meta.url).pathname;

/** The Secrets of docs/kubernetes.md, made by its own commands, each as a folder with the files of its keys. */
export function makeSecrets(folder: string): { readonly made: string; readonly folderOf: (secret: string) => string } {
  const made = join(folder, 'cell-secrets');
  execFileSync(process.execPath, [SETUP, made], { stdio: 'ignore' });
  writeFileSync(join(made, 'exchange-key'), PAPER_KEYS.BINANCE_TESTNET_API_KEY);
  writeFileSync(join(made, 'exchange-secret'), PAPER_KEYS.BINANCE_TESTNET_API_SECRET);
  const folderOf = (secret: string): string => join(folder, `secret-${secret}`);
  const commands = readFileSync(PAGE, 'utf8').matchAll(/kubectl create secret generic (\S+)((?: --from-file=\S+)+)/g);
  for (const [, secret = '', files = ''] of commands) {
    mkdirSync(folderOf(secret));
    for (const [, key = '', file = key] of files.matchAll(/--from-file=([^\s=]+)(?:=(\S+))?/g))
      copyFileSync(join(made, file), join(folderOf(secret), key));
  }
  return { made, folderOf };
}
