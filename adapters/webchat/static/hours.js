/** @import {Hours} from "./frames.js" */

const DAY_MS = 86_400_000;

/**
 * Whether people are there at this moment, and when that changes next, if it is known. What was true at the welcome is not for ever.
 * @param {Hours | null | undefined} hours @param {number} now
 */
export function shift(hours, now) {
  let isOpen = hours?.open ?? true;
  /** @type {Date | undefined} */
  let next;
  const changes = [{at: hours?.opens_at, opens: true}, {at: hours?.closes_at, opens: false}];
  changes.sort((one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""));
  for (const {at, opens} of changes) {
    if (!at) continue;
    if (Date.parse(at) <= now) isOpen = opens;
    else next ??= new Date(at);
  }
  return {isOpen, next};
}

/** The visitor's own midnights between now and then. @param {Date} date @param {number} now */
const daysUntil = (date, now) => Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / DAY_MS);

/** Today, tomorrow, yesterday, in words; else the date. @param {Date} date @param {string} locale @param {number} now */
export function dayOf(date, locale, now) {
  const days = daysUntil(date, now);
  if (Math.abs(days) < 2) return new Intl.RelativeTimeFormat(locale, {numeric: "auto"}).format(days, "day");
  return date.toLocaleDateString(locale, {weekday: "short", ...((days < 0 || days > 6) && {month: "short", day: "numeric"})});
}

/** @param {Date} date @param {string} locale */
export const timeOf = (date, locale) => date.toLocaleTimeString(locale, {hour: locale === "en" ? "numeric" : "2-digit", minute: "2-digit"});
