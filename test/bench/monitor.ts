import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** One command as the server ran it: sent by a client, or called inside a script. */
export interface RanCommand {
  readonly inScript: boolean;
  readonly args: readonly string[];
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/;
const ARGUMENT = /"((?:[^"\\]|\\.)*)"/g;

/**
 * Reports every command that a server runs, over a plain socket: ioredis' monitor takes what a busy server sends at once
 * for replies to commands that were never sent. Answers with a function that waits until `last` was run, and ends.
 */
export async function monitorCommands(
  socketPath: string,
  onCommand: (ran: RanCommand) => void,
): Promise<(last: string) => Promise<void>> {
  const socket = connect(socketPath);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  let handle: (args: readonly string[]) => void = () => undefined;
  lines.on('line', (line) => {
    const [, source, text = ''] = LINE.exec(line) ?? [];
    if (source === undefined) return;
    const args = [...text.matchAll(ARGUMENT)].map(([, argument = '']) => argument);
    onCommand({ inScript: source === 'lua', args });
    handle(args);
  });
  await once(lines, 'line');
  return async (last) => {
    await new Promise<void>((resolve) => {
      handle = (args) => {
        if (args.includes(last)) resolve();
      };
      connect(socketPath).end(`ECHO ${last}\r\n`);
    });
    socket.destroy();
  };
}
