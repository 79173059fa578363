/** @import {Hours} from "../shapes.js" */

export const DAYS = /** @type {const} */ (["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
export const DAY_MINUTES = 24 * 60;
const LOOK_AHEAD_DAYS = 400;
const DAY_MS = 86_400_000;

/** @typedef {{begin: number, end: number}} Span  Minutes from a day's midnight; an end that is not behind its begin lies in the next day. */

/** A time of the day as people type it: `9`, `930`, `9:30`, `9：30`, `24:00`. @param {string} words @returns {number | null} */
export function parseTime(words) {
  const found = /^(\d{1,2})(?:[:：.]?(\d{2}))?$/.exec(words.trim());
  if (!found) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return Number(found[2] ?? 0) < 60 && minutes <= DAY_MINUTES ? minutes : null;
}

/** @param {number} minutes */
export const timeWords = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** `09:00-18:00` with its end behind its begin, or null where it is none. @param {string} words @returns {Span | null} */
export function parseSpan(words) {
  const [from = "", to = ""] = words.split("-");
  const [begin, end] = [parseTime(from), parseTime(to)];
  if (begin === null || end === null || begin === DAY_MINUTES || begin === end) return null;
  return {begin, end: end > begin ? end : end + DAY_MINUTES};
}

/** Whether two of these spans cover the same minute. @param {readonly string[]} words */
export function overlap(words) {
  const spans = words.map(parseSpan).filter((one) => one !== null).sort((a, b) => a.begin - b.begin);
  return spans.some((one, index) => index > 0 && one.begin < spans[index - 1].end);
}

/** @param {string} zone */
export function isZone(zone) {
  try {
    new Intl.DateTimeFormat("en", {timeZone: zone});
    return zone !== "";
  } catch {
    return false;
  }
}

/** What the clock on the wall says there. @param {string} zone @param {number} at @returns {{date: string, minutes: number}} */
export function wallClock(zone, at) {
  const parts = new Intl.DateTimeFormat("en-CA", {timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23"}).formatToParts(at);
  const of = (/** @type {string} */ type) => parts.find((one) => one.type === type)?.value ?? "0";
  return {date: `${of("year")}-${of("month")}-${of("day")}`, minutes: Number(of("hour")) * 60 + Number(of("minute"))};
}

/** @typedef {{isOpen: boolean, date: string, minutes: number, isToday: boolean} | {isOpen: boolean, date: null}} Standing */

/**
 * Whether these hours are open at that moment, and when that changes next: `date` null where it never does within sight.
 * @param {Hours} hours @param {number} at @returns {Standing}
 */
export function standing(hours, at) {
  const {date: today, minutes: now} = wallClock(hours.timezone, at);
  /** Where an unbroken stretch of open time ends. @type {number | null} */ let end = null;
  for (let offset = -1; offset <= LOOK_AHEAD_DAYS; offset++) {
    for (const span of spansOf(hours, plusDays(today, offset))) {
      const [begin, until] = [span.begin + offset * DAY_MINUTES, span.end + offset * DAY_MINUTES];
      if (end === null && begin <= now && now < until) end = until;
      else if (end !== null && begin <= end) end = Math.max(end, until);
      else if (end !== null) return moment(true, today, end);
      else if (begin > now) return moment(false, today, begin);
    }
  }
  return end !== null && end < LOOK_AHEAD_DAYS * DAY_MINUTES ? moment(true, today, end) : {isOpen: end !== null, date: null};
}

/** @param {boolean} isOpen @param {string} today @param {number} minutes from today's midnight @returns {Standing} */
function moment(isOpen, today, minutes) {
  const isMidnight = isOpen && minutes % DAY_MINUTES === 0; // "until 24:00" says more than "until 00:00" of the day after
  const days = Math.floor(minutes / DAY_MINUTES) - Number(isMidnight);
  return {isOpen, date: plusDays(today, days), minutes: minutes - days * DAY_MINUTES, isToday: days === 0};
}

/** The spans that begin on a date, in order. @param {Hours} hours @param {string} date @returns {Span[]} */
export function spansOf(hours, date) {
  const words = hours.open[date] ?? (hours.closed.includes(date) ? [] : hours[DAYS[weekdayOf(date)]]);
  return words.map(parseSpan).filter((one) => one !== null).sort((a, b) => a.begin - b.begin);
}

/** Monday is 0. @param {string} date */
export const weekdayOf = (date) => (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;

/** @param {string} date @param {number} count */
export const plusDays = (date, count) => new Date(new Date(`${date}T00:00Z`).getTime() + count * DAY_MS).toISOString().slice(0, 10);

/** A weekday's name. @param {number} day Monday is 0 @param {string} language @param {"long" | "short"} [length] */
export const dayName = (day, language, length = "long") => new Date(Date.UTC(2024, 0, 1 + day)).toLocaleDateString(language, {weekday: length, timeZone: "UTC"});

/** A date with its weekday. @param {string} date @param {string} language */
export const dateName = (date, language) => new Date(`${date}T00:00Z`).toLocaleDateString(language, {month: "short", day: "numeric", weekday: "short", timeZone: "UTC"});
