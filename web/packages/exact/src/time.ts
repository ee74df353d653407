/** Local time of a programme. A programme has a fixed offset (`+08:00`) or the rules of a zone (`Europe/Berlin`). */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const MINUTE_MS = 60_000;

/** What clocks there show at an instant (RFC 3339). */
export function localTime(instant: string, zone: string): LocalTime {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw new RangeError(`no instant: ${instant}`);
  const offset = OFFSET.exec(zone);
  if (!offset) return zoneTime(ms, zone);
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  const there = new Date(ms + (offset[1] === "-" ? -minutes : minutes) * MINUTE_MS);
  return {
    year: there.getUTCFullYear(),
    month: there.getUTCMonth() + 1,
    day: there.getUTCDate(),
    hour: there.getUTCHours(),
    minute: there.getUTCMinutes(),
  };
}

function zoneTime(ms: number, zone: string): LocalTime {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23",
  });
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part;
  return { year, month, day, hour, minute };
}

/** `14:05`. */
export function clock(time: LocalTime): string {
  return `${two(time.hour)}:${two(time.minute)}`;
}

/** Whole minutes from one instant to a later one; 0 where it is not later. */
export function minutesBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / MINUTE_MS));
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}
