import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure, EXIT } from '../exit.js';

const LOOK_EVERY_MS = 50;

/** Reads the JSON log lines that are appended to some files from now on. */
export class LogWatch {
  readonly #messages: string[] = [];

  private constructor(private readonly files: { readonly handle: FileHandle; at: number; rest: string }[]) {}

  static async start(paths: readonly string[]): Promise<LogWatch> {
    const files = await Promise.all(
      paths.map(async (path) => {
        try {
          const handle = await open(path, 'r');
          return { handle, at: (await handle.stat()).size, rest: '' };
        } catch (error) {
          const detail = error instanceof Error ? error.message : String(error);
          throw new CommandFailure(EXIT.usage, `--log ${path} cannot be read: ${detail}`, { cause: error });
        }
      }),
    );
    return new LogWatch(files);
  }

  get isUsed(): boolean {
    return this.files.length > 0;
  }

  /** The first message that matches; `undefined` when none was written within `withinMs`. */
  async first(pattern: RegExp, withinMs: number): Promise<string | undefined> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      for (const file of this.files) await this.#readOn(file);
      const found = this.#messages.find((message) => pattern.test(message));
      if (found !== undefined || performance.now() > untilMs) return found;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map(({ handle }) => handle.close()));
  }

  async #readOn(file: { readonly handle: FileHandle; at: number; rest: string }): Promise<void> {
    const { size } = await file.handle.stat();
    if (size <= file.at) return;
    const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(size - file.at), 0, size - file.at, file.at);
    file.at += bytesRead;
    const lines = (file.rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    file.rest = lines.pop() ?? '';
    this.#messages.push(...lines.map(messageOf));
  }
}

/** The message, with the plan's id where the text itself has none: `[plan] text`. A line that is not JSON counts as text. */
function messageOf(line: string): string {
  try {
    const { msg, plan_id: planId } = JSON.parse(line) as { msg?: string; plan_id?: string };
    return `[${planId ?? ''}] ${msg ?? ''}`;
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
