import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_NODE, nodeOf } from '../../scripts/nodes.mjs';

/** The Node that the measured programs run on. */
export interface BenchNode {
  readonly path: string;
  readonly version: string;
}

export const THIS_NODE: BenchNode = { path: process.execPath, version: process.versions.node };

/** For a path, or for a version that is promised. Throws a sentence when there is none. */
export function nodeFor(wanted: string, progress: (text: string) => void): BenchNode {
  if (!wanted.includes('/')) return fetched(wanted, progress);
  if (!existsSync(wanted)) throw new RangeError(`--node is ${wanted}; there is no such file`);
  const { stdout, status } = spawnSync(wanted, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  if (status !== 0) throw new RangeError(`--node is ${wanted}; it does not run as Node`);
  return { path: wanted, version: stdout.trim() };
}

/** The Node of the image; this one where that cannot be fetched. */
export function imageNode(progress: (text: string) => void): BenchNode {
  try {
    return fetched(IMAGE_NODE, progress);
  } catch (error) {
    progress(`on this Node (${THIS_NODE.version}), not the image's: ${error instanceof Error ? error.message : ''}`);
    return THIS_NODE;
  }
}

function fetched(version: string, progress: (text: string) => void): BenchNode {
  const found = nodeOf(version, progress);
  return { path: join(found.bin, 'node'), version: found.version };
}
