import { quote } from '../text/quote.ts';
import { parseDecimal } from './decimal.ts';

/** Seconds of each unit that may stand behind a number. */
const UNITS: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  min: 60,
  h: 3600,
  d: 86_400,
};

const WITH_UNIT = /^([+-]?[\d.]+(?:e[+-]?\d+)?)\s*([a-zµ]+)$/i;
const CLOCK = /^(\d{1,3}):(\d\d)(?::(\d\d(?:[.,]\d+)?))?\s*([ap]m)?$/i;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T,\s]\s*([^Z+]+?)\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2}|\d{4})(?:,?\s+(.+))?$/;
const HALF_DAY = 43_200;

type Kind = 'number' | 'clock' | 'date';

/** A time as numbers that sort: as it is, and as it would be if the day and not the month came first. */
export interface Time {
  kind: Kind;
  value: number;
  dayFirst: number;
}

/** The times of one column. All are of one kind: numbers (with or without a unit), times of a day, or dates. */
export class Times {
  private kind: Kind | undefined;
  private monthMayBeFirst = true;
  private dayMayBeFirst = true;
  private example: string | undefined;

  /** The value of a text. Throws NoTime if it is no time, or of another kind than the times before. */
  read(text: string): Time {
    const time = parseTime(text.trim());
    if (!time) throw new NoTime(`${quote(text.trim())} is no time: write numbers, h:mm:ss, or dates as 2024-12-31`);
    this.kind ??= time.kind;
    if (time.kind !== this.kind) {
      throw new NoTime(`${quote(text.trim())} is a ${WORDS[time.kind]}, and the times before are ${WORDS[this.kind]}s`);
    }
    this.monthMayBeFirst &&= !Number.isNaN(time.value);
    this.dayMayBeFirst &&= !Number.isNaN(time.dayFirst);
    if (time.value !== time.dayFirst) this.example ??= text.trim();
    return time;
  }

  /** Whether a later row has gone back by half a day or more: the clock has passed midnight. */
  passesMidnight(before: Time, { kind, value }: Time): boolean {
    return kind === 'clock' && before.value - value >= HALF_DAY;
  }

  /** Whether the day comes before the month. Throws NoTime if the dates allow both orders, or neither. */
  get isDayFirst(): boolean {
    if (this.example === undefined) return false;
    if (this.monthMayBeFirst !== this.dayMayBeFirst) return this.dayMayBeFirst;
    const why = this.dayMayBeFirst
      ? 'may have the day or the month first'
      : 'has no order of day and month that fits all';
    throw new NoTime(`${quote(this.example)} ${why}: write dates as 2024-12-31`);
  }
}

const WORDS: Record<Kind, string> = { number: 'number', clock: 'time of a day', date: 'date' };

/** The message says why a text is no time of its column, and what to write instead. */
export class NoTime extends Error {}

/** A time by its text; undefined if it is none. */
function parseTime(text: string): Time | undefined {
  const number = parseDecimal(text.replace(/^([+-]?\d+),(\d+)$/, '$1.$2'));
  if (!Number.isNaN(number)) return same('number', number);
  const withUnit = WITH_UNIT.exec(text);
  if (withUnit) {
    const seconds = UNITS[withUnit[2].toLowerCase()];
    return seconds === undefined ? undefined : same('number', parseDecimal(withUnit[1]) * seconds);
  }
  const clock = secondsOf(text);
  return clock === undefined ? parseDate(text) : same('clock', clock);
}

function same(kind: Kind, value: number): Time | undefined {
  return Number.isNaN(value) ? undefined : { kind, value, dayFirst: value };
}

/** Seconds since midnight. */
function secondsOf(text: string): number | undefined {
  const found = CLOCK.exec(text);
  if (!found) return undefined;
  const [, hours, minutes, seconds = '0', half] = found;
  const late = half?.toLowerCase() === 'pm' ? 12 : 0;
  const hour = half ? (Number(hours) % 12) + late : Number(hours);
  return hour * 3600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'));
}

function parseDate(text: string): Time | undefined {
  const first = YEAR_FIRST.exec(text);
  if (first) {
    const [, year, , month, day, clock, zone] = first;
    const value = dateOf(Number(year), Number(month), Number(day), clock) - offsetOf(zone);
    return same('date', value);
  }
  const last = YEAR_LAST.exec(text);
  if (!last) return undefined;
  const [, a, divider, b, yearText, clock] = last;
  const year = Number(yearText) + (yearText.length === 2 ? 2000 : 0);
  const dayFirst = dateOf(year, Number(b), Number(a), clock);
  // Points divide dates that have the day first.
  const value = divider === '.' ? dayFirst : dateOf(year, Number(a), Number(b), clock);
  return Number.isNaN(value) && Number.isNaN(dayFirst) ? undefined : { kind: 'date', value, dayFirst };
}

/** Seconds since 1970; NaN for a day that is in no calendar. */
function dateOf(year: number, month: number, day: number, clock = '0:00'): number {
  const date = new Date(Date.UTC(year, month - 1, day));
  const seconds = secondsOf(clock.trim()) ?? Number.NaN;
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 1000 + seconds : Number.NaN;
}

function offsetOf(zone = 'Z'): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60);
}
