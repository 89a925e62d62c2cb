import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { stop } from '../harness/child-processes.js';
import { Program } from '../harness/program.js';
import type { TempResources } from '../harness/temp-resources.js';

const DELAY = fileURLToPath(new URL('delay.mjs', import.meta.url));

export interface SlowLink {
  readonly socketPath: string;
  /** A client of its own over the link. */
  client(): Promise<Redis>;
  end(): Promise<void>;
}

let opened = 0;

/** A way to a unix socket that takes so long there and back, in a process of its own. */
export async function openSlowLink(
  { folder, processes }: TempResources,
  target: string,
  roundTripMs: number,
): Promise<SlowLink> {
  const socketPath = join(folder, `slow-${(opened += 1)}.sock`);
  const program = new Program([socketPath, target, String(roundTripMs / 2)], {}, folder, { main: DELAY, processes });
  await program.until('the slow link is ready', () => program.stdout.includes('ready'));
  return {
    socketPath,
    client: async () => {
      const client = new Redis({ path: socketPath, lazyConnect: true });
      await client.connect();
      return client;
    },
    end: async () => {
      await stop(program.child);
    },
  };
}
