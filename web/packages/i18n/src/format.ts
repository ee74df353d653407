import { clock, countIn, formatCount, localTime } from "@ratchet/exact";
import { common } from "./common.ts";
import { language } from "./language.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `11月22日 14:05`, `22 Nov, 14:05`; with the year where it is another one than `now`'s. */
export function dateTime(instant: string, zone: string, now?: string): string {
  const time = clock(localTime(instant, zone));
  return language.value === "zh" ? `${day(instant, zone, now)} ${time}` : `${day(instant, zone, now)}, ${time}`;
}

/** `11月22日`, `22 Nov`. */
export function day(instant: string, zone: string, now?: string): string {
  const local = localTime(instant, zone);
  const year = now !== undefined && localTime(now, zone).year === local.year ? undefined : local.year;
  if (language.value === "zh") return `${year === undefined ? "" : `${year}年`}${local.month}月${local.day}日`;
  return `${local.day} ${MONTHS[local.month - 1]}${year === undefined ? "" : ` ${year}`}`;
}

/** A local day of a programme, `2026-11-22`: `11月22日`, `22 Nov`. */
export function localDay(date: string, now?: string): string {
  return day(`${date}T00:00:00Z`, "+00:00", now);
}

/** `14:05`. */
export function timeOfDay(instant: string, zone: string): string {
  return clock(localTime(instant, zone));
}

/** `11月`, `Nov`. */
export function month(instant: string, zone: string): string {
  const local = localTime(instant, zone);
  return language.value === "zh" ? `${local.month}月` : (MONTHS[local.month - 1] ?? "");
}

/** A month of the calendar, `YYYY-MM`: `2026年1月`, `Jan 2026`. */
export function yearMonth(text: string): string {
  const [year = "", number = ""] = text.split("-");
  const at = Number.parseInt(number, 10);
  return language.value === "zh" ? `${year}年${at}月` : `${MONTHS[at - 1]} ${year}`;
}

/** How long something waits: minutes, hours from an hour on, days from two days on. */
export function waited(minutes: number): string {
  const { minutes: inMinutes, hours, days } = common.value.span;
  if (minutes < 60) return inMinutes(minutes);
  const whole = Math.floor(minutes / 60);
  return whole < 48 ? hours(whole) : days(Math.floor(whole / 24));
}

/** A count of which only the size matters, in the unit of the language: `450 万`, `4 million`. */
export function about(count: string): string {
  const value = BigInt(count);
  for (const [unit, word] of common.value.largeUnits) if (value >= unit * 10n) return `${countIn(unit, value)} ${word}`;
  return formatCount(value);
}
