/** A daily time in which only what is critical is told. Minutes of the day in `zone`; an end before its start is on the next day. */
export interface QuietHours {
  readonly fromMin: number;
  readonly untilMin: number;
  readonly zone: string;
}

const SHAPE =
  /^(?<from>[01]\d|2[0-3]):(?<fromMin>[0-5]\d)-(?<until>[01]\d|2[0-3]):(?<untilMin>[0-5]\d)(?: (?<zone>\S{1,64}))?$/;

/** `22:00-07:00 Europe/Berlin`; without a zone UTC. `undefined` for any other text, and for an unknown zone. */
export function quietHoursIn(text: string): QuietHours | undefined {
  const found = SHAPE.exec(text)?.groups;
  if (found === undefined) return undefined;
  const zone = found['zone'] ?? 'UTC';
  const fromMin = Number(found['from']) * 60 + Number(found['fromMin']);
  const untilMin = Number(found['until']) * 60 + Number(found['untilMin']);
  return fromMin !== untilMin && isZone(zone) ? { fromMin, untilMin, zone } : undefined;
}

/** By the clock on the wall of the zone, so that a change to or from summer time moves nothing. */
export function isQuiet({ fromMin, untilMin, zone }: QuietHours, epochMs: number): boolean {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const [hour = 0, minute = 0] = format.format(epochMs).split(':').map(Number);
  const now = hour * 60 + minute;
  return fromMin < untilMin ? now >= fromMin && now < untilMin : now >= fromMin || now < untilMin;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
