// How a cron expression reads, in words: five fields as in Unix cron, or six with seconds first.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = ['', 'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTH_NAMES = ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

const two = n => String(n).padStart(2, '0');
const listed = words => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** The words, or null for what has no simple ones. */
export function cronWords(expression) {
  const fields = expression.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  if (fields.length !== 6 || fields.some(field => !/^[\w*/,-]+$/.test(field))) return null;
  const [second, minute, hour, day, month, weekday] = fields;
  const when = timeOfDay(second, minute, hour);
  const which = days(day, month, weekday);
  return when && which !== null ? `${when}${which ? `, ${which}` : ''}` : null;
}

const number = field => /^\d+$/.test(field) ? Number(field) : null;
const numbers = field => /^\d+(,\d+)*$/.test(field) ? field.split(',').map(Number) : null;
const step = field => /^\*\/(\d+)$/.exec(field)?.[1];
const every = (n, unit) => Number(n) === 1 ? `every ${unit}` : `every ${n} ${unit}s`;

function timeOfDay(second, minute, hour) {
  const [s, m] = [number(second), number(minute)];
  const hours = numbers(hour);
  const minutes = numbers(minute);
  const hourly = hour === '*' ? '' : hourWords(hour);
  if (hourly === null) return null;
  const seconds = s === 0 ? '' : s === null ? null : `:${two(s)}`;
  if (second === '*' && minute === '*') return `every second${hourly}`;
  if (step(second) && minute === '*') return `${every(step(second), 'second')}${hourly}`;
  if (seconds === null) return null;
  if (hours && minutes && hours.length * minutes.length <= 6) {
    return `at ${listed(hours.flatMap(h => minutes.map(each => `${two(h)}:${two(each)}${seconds}`)))}`;
  }
  const past = s ? ` and ${s} s` : '';
  if (minute === '*') return `every minute${past ? ` at second ${s}` : ''}${hourly}`;
  if (step(minute)) return `${every(step(minute), 'minute')}${hourly}`;
  if (m === 0 && !s && step(hour)) return every(step(hour), 'hour');
  if (m !== null) return m === 0 && !s ? `every hour on the hour${hourly}` : `at minute ${m}${past} of every hour${hourly}`;
  if (minutes) return `at minutes ${listed(minutes)} of every hour${hourly}`;
  return null;
}

function hourWords(hour) {
  if (step(hour)) return `, ${every(step(hour), 'hour')}`;
  const range = /^(\d+)-(\d+)$/.exec(hour);
  if (range) return ` from ${two(range[1])}:00 to ${two(range[2])}:59`;
  const hours = numbers(hour);
  return hours ? ` in the ${hours.length === 1 ? 'hour' : 'hours'} from ${listed(hours.map(h => `${two(h)}:00`))}` : null;
}

/** '' for every day. */
function days(day, month, weekday) {
  const weekdays = named(weekday, DAYS, DAY_NAMES, 'every');
  const months = named(month, MONTHS, MONTH_NAMES, 'in');
  const dates = numbers(day);
  if (weekdays === null || months === null) return null;
  if (day !== '*' && !dates) return null;
  const ofMonth = dates ? `on ${dates.length === 1 ? 'day' : 'days'} ${listed(dates)} of the month` : '';
  const either = ofMonth && weekdays ? `${ofMonth} or ${weekdays}` : ofMonth || weekdays;
  return [either, months].filter(Boolean).join(', ');
}

function named(field, names, short, lead) {
  if (field === '*') return '';
  const words = [];
  for (const part of field.toUpperCase().split(',')) {
    const range = /^(\w+)-(\w+)$/.exec(part);
    const [from, to] = (range ? [range[1], range[2]] : [part, part]).map(each => short.includes(each) && each ? short.indexOf(each) : number(each));
    if (from === null || to === null || !names[from] || !names[to]) return null;
    words.push(range ? `${names[from]} to ${names[to]}` : names[from]);
  }
  return `${lead === 'every' ? (words.length === 1 && words[0].includes(' to ') ? '' : 'every ') : 'in '}${listed(words)}`;
}
