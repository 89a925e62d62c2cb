import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Makes the folder for the logs and the evidence of a series; `name` gets the time, as it can stand in a file name. */
export function resultsFolder(name: (stamp: string) => string): string {
  const folder = resolve('chaos-results', name(new Date().toISOString().replaceAll(/[:.]/g, '-')));
  mkdirSync(folder, { recursive: true });
  return folder;
}
