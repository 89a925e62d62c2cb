import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const NAME = /^pg(\d+)[a-z]?$/;

/** A host of its own: programs that run in its namespace can vanish from the network. */
export interface VanishingHost {
  readonly namespace: string;
  readonly address: string;
  /** From now on the host answers nothing, resets nothing and refuses nothing: connections stand and packets are lost. */
  vanish(): void;
}

/** A private network with hosts (network namespaces) on a bridge. Needs root and Linux: ask {@link HostNetwork.missing} first. */
export class HostNetwork {
  readonly hosts: readonly VanishingHost[];
  /** The address of this machine in the network. */
  readonly address: string;
  readonly #bridge = `pg${process.pid}`;

  /** Why this machine has no network namespaces; `""` if it has. */
  static missing(): string {
    try {
      HostNetwork.#removeLeftovers();
      ip('netns', 'add', `pg${process.pid}z`);
      ip('netns', 'del', `pg${process.pid}z`);
      return '';
    } catch (error) {
      return `network namespaces are not allowed here (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    }
  }

  static open(count: number): HostNetwork {
    return new HostNetwork(count);
  }

  private constructor(count: number) {
    const net = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
    this.address = `${net}.1`;
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
    this.hosts = Array.from({ length: count }, (_, at) => this.#host(net, at));
  }

  close(): void {
    for (const { namespace } of this.hosts) ip('netns', 'del', namespace);
    ip('link', 'del', this.#bridge);
  }

  #host(net: string, at: number): VanishingHost {
    const namespace = `${this.#bridge}${'abcdef'.charAt(at)}`;
    const address = `${net}.${at + 2}`;
    const inside = (...args: string[]): void => ip('-n', namespace, ...args);
    ip('netns', 'add', namespace);
    ip('link', 'add', `${namespace}o`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('link', 'set', `${namespace}o`, 'master', this.#bridge, 'up');
    inside('addr', 'add', `${address}/24`, 'dev', 'eth0');
    inside('link', 'set', 'eth0', 'up');
    inside('link', 'set', 'lo', 'up');
    return {
      namespace,
      address,
      // Packets still arrive, but every answer is dropped: nothing resets a connection or reports the host as unreachable.
      vanish: () => {
        inside('route', 'flush', 'dev', 'eth0');
        inside('route', 'add', 'blackhole', `${net}.0/24`);
      },
    };
  }

  /** What a process that was killed has left behind. */
  static #removeLeftovers(): void {
    const isDead = (name: string): boolean => {
      const pid = NAME.exec(name)?.[1];
      return pid !== undefined && Number(pid) !== process.pid && !readdirSync('/proc').includes(pid);
    };
    for (const line of text('netns', 'list').split('\n')) {
      const [name = ''] = line.split(' ');
      if (isDead(name)) ip('netns', 'del', name);
    }
    for (const line of text('-o', 'link', 'show', 'type', 'bridge').split('\n')) {
      const name = /^\d+: ([^:@]+)/.exec(line)?.[1] ?? '';
      if (isDead(name)) ip('link', 'del', name);
    }
  }
}

function ip(...args: string[]): void {
  text(...args);
}

function text(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
