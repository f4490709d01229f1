// Limits of queues: as words, and as what the form takes.

/** '1 day 02:00:00' as the database writes it -> milliseconds. */
export function intervalMs(text) {
  if (!text) return null;
  let ms = 0;
  const days = /(-?\d+) days?/.exec(text);
  const years = /(-?\d+) years?/.exec(text);
  const months = /(-?\d+) mons?/.exec(text);
  const clock = /(\d+):(\d+):(\d+(?:\.\d+)?)/.exec(text);
  if (years) ms += Number(years[1]) * 365.25 * 86_400_000;
  if (months) ms += Number(months[1]) * 30 * 86_400_000;
  if (days) ms += Number(days[1]) * 86_400_000;
  if (clock) ms += (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  return ms;
}

export const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The largest unit that divides it: {count: 5, unit: 'm'}. */
export function inUnits(ms) {
  const unit = ['d', 'h', 'm', 's', 'ms'].find(each => ms % UNITS[each] === 0) ?? 'ms';
  return { count: Math.round(ms / UNITS[unit]), unit };
}

const short = ms => { const { count, unit } = inUnits(ms); return `${count === 1 ? '' : `${count} `}${{ ms: 'ms', s: 's', m: 'min', h: 'h', d: 'd' }[unit]}`; };

/** What the queue's limits say; an empty list if it has none. */
export function limitWords(queue) {
  return [
    queue.concurrency != null && `${queue.concurrency} at once`,
    queue.concurrency_per_node != null && `${queue.concurrency_per_node} on a node`,
    queue.rate_count != null && `${queue.rate_count} per ${short(intervalMs(queue.rate_period))}`,
    queue.fair && 'fair',
    queue.spread && 'spread',
  ].filter(Boolean);
}
