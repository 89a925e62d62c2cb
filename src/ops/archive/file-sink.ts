import { type FileHandle, open } from 'node:fs/promises';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { claimFolder, type DayFile, dayFile, dayOf, isCode, listFiles, syncFolder } from './archive-folder.js';
import { lineOf, readHeads, writeDurably } from './archive-lines.js';
import { ArchiveUnavailable, type ArchivedEntry, type ArchiveSink, type Kind } from './archived-entry.js';
import { FileIndex } from './file-index.js';

/** The file of a day that is written. */
interface OpenDay {
  readonly file: DayFile;
  readonly handle: FileHandle;
  readonly index: FileIndex;
  size: number;
  /** The greatest id that the day holds of each kind. */
  readonly last: Map<Kind, string>;
}

interface Line {
  readonly entry: ArchivedEntry;
  readonly bytes: Buffer;
  /** Where it ends in the file. */
  readonly to: number;
}

const nameOf = ({ kind, id }: Pick<ArchivedEntry, 'kind' | 'id'>): string => `${kind} ${id}`;

/**
 * Lines of JSON, one file for each UTC day and size. Each line has the id of its entry, so the files themselves say what they hold: an id
 * that is not beyond the greatest of its day and kind is looked for, and written only if it is not there.
 */
export class FileSink implements ArchiveSink {
  readonly #days = new Map<string, OpenDay>();
  #isClaimed = false;
  /** Files that are not written any more and have no index: one is made after each write. */
  #unindexed: DayFile[] = [];

  constructor(
    private readonly place: string,
    private readonly deployment: string,
    private readonly mostBytes: number,
    /** Whether this process may still write: another may have taken over while it stood still. */
    private readonly mayWrite: () => boolean,
  ) {}

  async write(entries: readonly ArchivedEntry[]): Promise<void> {
    try {
      await this.#claim();
      for (const [day, ofDay] of byDay(entries)) await this.#writeDay(day, ofDay);
      await this.#indexOne();
    } catch (error) {
      await this.close();
      if (error instanceof ArchiveUnavailable) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ArchiveUnavailable(`${this.place} cannot be written: ${why}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const days = [...this.#days.values()];
    this.#days.clear();
    this.#isClaimed = false;
    await Promise.all(days.map(({ handle }) => handle.close()));
  }

  /** Also repairs each file that a crash left with a torn line, whether or not its day is written again. */
  async #claim(): Promise<void> {
    if (this.#isClaimed) return;
    await claimFolder(this.place, this.deployment);
    const files = await listFiles(this.place);
    for (const file of lastOfEachDay(files)) await repairTail(file.path);
    this.#unindexed = [];
    for (const file of files) if (!(await FileIndex.isWhole(file.path))) this.#unindexed.push(file);
    this.#isClaimed = true;
  }

  async #indexOne(): Promise<void> {
    const file = this.#unindexed.at(-1);
    if (file === undefined) return;
    // The index of an open file is made when it is opened.
    const isOpen = this.#days.get(file.day)?.file.part === file.part;
    if (!isOpen) await FileIndex.make(file.path);
    this.#unindexed.pop();
  }

  async #writeDay(day: string, entries: readonly ArchivedEntry[]): Promise<void> {
    const found = this.#days.get(day) ?? (await this.#open(day));
    const fresh = await this.#fresh(found, entries);
    if (fresh.length === 0) return;
    let into = found;
    for (let at = 0; at < fresh.length;) {
      const lines: Line[] = [];
      let to = into.size;
      for (const entry of fresh.slice(at)) {
        const bytes = Buffer.from(lineOf(entry));
        // A file has at least one line, whatever its size.
        if (to > 0 && to + bytes.length > this.mostBytes) break;
        to += bytes.length;
        lines.push({ entry, bytes, to });
      }
      if (lines.length === 0) into = await this.#rotate(into);
      else await this.#append(into, lines);
      at += lines.length;
    }
  }

  async #append(into: OpenDay, lines: readonly Line[]): Promise<void> {
    const { size } = await into.handle.stat();
    if (size !== into.size || !this.mayWrite())
      throw new ArchiveUnavailable(`another process writes ${into.file.path}; this one reads it again`);
    try {
      await writeDurably(into.handle, Buffer.concat(lines.map(({ bytes }) => bytes)), into.size);
    } catch (error) {
      // What cannot be cut off now is cut off when the file is opened again.
      await into.handle.truncate(into.size);
      throw error;
    }
    into.size = lines.at(-1)?.to ?? into.size;
    for (const { entry } of lines) noteLast(into.last, entry);
    await into.index.add(lines);
  }

  /** Those that the day does not hold. */
  async #fresh({ file, last }: OpenDay, entries: readonly ArchivedEntry[]): Promise<readonly ArchivedEntry[]> {
    const asked = entries.filter(({ kind, id }) => compareIds(id, last.get(kind) ?? '0-0') <= 0).map(nameOf);
    if (asked.length === 0) return entries;
    const wanted = new Set(asked);
    const held = new Set<string>();
    for (const { path, day } of await listFiles(this.place)) {
      if (day !== file.day) continue;
      await readHeads(path, (head) => {
        const name = nameOf(head);
        if (wanted.has(name)) held.add(name);
      });
    }
    return entries.filter((entry) => !held.has(nameOf(entry)));
  }

  async #open(day: string): Promise<OpenDay> {
    // Two days are written around midnight; more only from a backlog.
    if (this.#days.size > 2) await this.#closeOldest();
    const files = (await listFiles(this.place)).filter((each) => each.day === day);
    const last = new Map<Kind, string>();
    for (const { path } of files) await readHeads(path, (head) => noteLast(last, head));
    return this.#use(files.at(-1) ?? dayFile(this.place, day, 1), last);
  }

  async #rotate(full: OpenDay): Promise<OpenDay> {
    await full.handle.close();
    this.#days.delete(full.file.day);
    return this.#use(dayFile(this.place, full.file.day, full.file.part + 1), full.last);
  }

  async #use(file: DayFile, last: Map<Kind, string>): Promise<OpenDay> {
    const handle = await openOrMake(file.path, this.place);
    try {
      const opened = { file, handle, last, index: await FileIndex.make(file.path), size: (await handle.stat()).size };
      this.#days.set(file.day, opened);
      return opened;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #closeOldest(): Promise<void> {
    const [oldest] = this.#days.keys();
    if (oldest === undefined) return;
    await this.#days.get(oldest)?.handle.close();
    this.#days.delete(oldest);
  }
}

function noteLast(last: Map<Kind, string>, { kind, id }: Pick<ArchivedEntry, 'kind' | 'id'>): void {
  if (compareIds(id, last.get(kind) ?? '0-0') > 0) last.set(kind, id);
}

function byDay(entries: readonly ArchivedEntry[]): ReadonlyMap<string, readonly ArchivedEntry[]> {
  const days = new Map<string, ArchivedEntry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.atMs);
    const ofDay = days.get(day);
    if (ofDay === undefined) days.set(day, [entry]);
    else ofDay.push(entry);
  }
  return days;
}

const lastOfEachDay = (files: readonly DayFile[]): readonly DayFile[] => [
  ...new Map(files.map((file) => [file.day, file])).values(),
];

async function openOrMake(path: string, folder: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  const handle = await open(path, 'wx+', 0o640);
  await syncFolder(folder);
  return handle;
}

/** Cuts off a line that was not written completely: its entry was not acknowledged, so it comes again. */
async function repairTail(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    if (bytesRead === 0 || buffer[0] === 10) return;
    await handle.truncate(await readHeads(path, () => undefined));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
