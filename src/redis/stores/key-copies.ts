import { askRedis } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { loadScript } from '../scripts/script-source.js';

/** One key as it was: its value as DUMP writes it, which RESTORE of the same or a newer version of Redis reads. */
export interface KeyCopy {
  readonly key: string;
  /** Unix time in milliseconds by Redis' clock; 0: it does not expire. */
  readonly expiresMs: number;
  readonly dump: Buffer;
}

export interface Copied {
  readonly takenMs: number;
  /** The fingerprint of the account that the prefix is bound to; `""` for none. */
  readonly account: string;
  readonly keys: readonly KeyCopy[];
}

export interface Restored {
  readonly restored: number;
  /** Keys whose time to live had passed since the copy was made; they stay away. */
  readonly expired: number;
}

/** Names of connections: those of a command, and those of the processes of a deployment. */
const OWN_CONNECTION = 'permit-gate-command-line';
const ANY_CONNECTION = 'permit-gate-';

/** Copies every key of a prefix out and back. Needs the Redis user for backups, or an administrator of Redis. */
export class KeyCopies {
  constructor(
    private readonly client: RedisClient,
    private readonly keys: Keys,
    private readonly prefix: string,
  ) {}

  /** All keys as of one instant, sorted by name. Throws {@link RedisRefused} without the rights. */
  async take(): Promise<Copied> {
    const { text } = loadScript('dump_all');
    const [, now, account, ...rest] = (await askRedis('copying all keys', () =>
      this.client.callBuffer('eval', text, '1', this.keys.account(), `${escapeGlob(this.prefix)}*`),
    )) as Buffer[];
    const keys: KeyCopy[] = [];
    for (let at = 0; at + 2 < rest.length; at += 3) {
      const [key, expires, dump] = rest.slice(at, at + 3) as [Buffer, Buffer, Buffer];
      keys.push({ key: key.toString(), expiresMs: Number(expires.toString()), dump });
    }
    return {
      takenMs: Number(now?.toString()),
      account: String(account),
      keys: keys.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    };
  }

  /** Puts the copies in place of the keys `present`, all or nothing. */
  async restore(copies: readonly KeyCopy[], present: readonly KeyCopy[]): Promise<Restored> {
    const [sec = 0] = await askRedis('reading the time', () => this.client.time());
    const lasting = copies.filter(({ expiresMs }) => expiresMs === 0 || expiresMs > sec * 1000);
    const step = this.client.multi();
    if (present.length > 0) step.unlink(...present.map(({ key }) => key));
    for (const { key, expiresMs, dump } of lasting) step.restore(key, expiresMs, dump, 'ABSTTL');
    await askRedis('restoring all keys', async () => {
      const replies = (await step.exec()) ?? [];
      const failed = replies.find(([error]) => error !== null)?.[0];
      if (failed !== undefined && failed !== null) throw failed;
    });
    return { restored: lasting.length, expired: copies.length - lasting.length };
  }

  async redisVersion(): Promise<string> {
    const info = await askRedis('asking for the version', () => this.client.info('server'));
    return /redis_version:(\S+)/.exec(info)?.[1] ?? '';
  }

  /** Name and address of each connection of a running process. */
  async connected(): Promise<string[]> {
    const nodes = 'nodes' in this.client ? this.client.nodes('all') : [this.client];
    const lists = await askRedis('listing the connections', () =>
      Promise.all(nodes.map((node) => node.client('LIST') as Promise<string>)),
    );
    return lists
      .flatMap((list) => list.split('\n'))
      .map((line) => ({ name: / name=(\S*)/.exec(line)?.[1] ?? '', addr: / addr=(\S*)/.exec(line)?.[1] ?? '' }))
      .filter(({ name }) => name.startsWith(ANY_CONNECTION) && !name.startsWith(OWN_CONNECTION))
      .map(({ name, addr }) => `${name} (${addr})`);
  }
}

/** The pattern that matches these characters alone. */
function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]^\\]/g, (character) => `\\${character}`);
}
