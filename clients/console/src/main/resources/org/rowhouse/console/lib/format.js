// Numbers, times and sizes as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** 12345 -> "12,345"; from a million on "1.23M". */
export const count = n =>
  n == null ? '–' : Math.abs(n) < 1e6 ? whole.format(n) : short.format(n);

/** A count that the node stopped at: "10,000+". */
export const counted = (n, most = 10000) => n == null ? '–' : n >= most ? `${count(most)}+` : count(n);

/** What is only estimated, with no more digits than that is worth: "31.1K". */
export const about = n => n == null ? '–' : n < 10_000 ? whole.format(n) : short.format(n);

/** Per second, with as many digits as it has meaning. */
export const rate = n =>
  n == null ? '–' : n >= 100 ? whole.format(n) : n >= 1 ? n.toFixed(1) : n === 0 ? '0' : n.toFixed(2);

/** Milliseconds -> "480 ms", "1.3 s", "4 min 10 s", "3 h 5 min", "2 d 4 h". */
export function duration(ms) {
  if (ms == null || Number.isNaN(ms)) return '–';
  const sign = ms < 0 ? '−' : '';
  const t = Math.abs(ms);
  if (t < 1) return `${sign}${t === 0 ? 0 : t.toFixed(2)} ms`;
  if (t < 1000) return `${sign}${t < 10 ? t.toFixed(1) : Math.round(t)} ms`;
  if (t < 60e3) return `${sign}${+(t / 1e3).toFixed(t < 10e3 ? 2 : 1)} s`;
  const parts = [[86400e3, 'd'], [3600e3, 'h'], [60e3, 'min'], [1e3, 's']];
  const first = parts.findIndex(([size]) => t >= size);
  const [size, unit] = parts[first];
  const rest = parts[first + 1];
  const more = rest ? Math.floor((t % size) / rest[0]) : 0;
  return `${sign}${Math.floor(t / size)} ${unit}${more ? ` ${more} ${rest[1]}` : ''}`;
}

/** The same of a span as Java writes it, "PT168H30M1.5S" -> "7 d"; what is none stays as it is. */
export function span(text) {
  const parts = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text);
  return parts ? duration(((Number(parts[1] ?? 0) * 60 + Number(parts[2] ?? 0)) * 60 + Number(parts[3] ?? 0)) * 1000) : text;
}

export function bytes(n) {
  if (n == null) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  let size = n;
  while (size >= 1024 && i < units.length - 1) { size /= 1024; i++; }
  return `${size >= 100 || i === 0 ? Math.round(size) : size.toFixed(1)} ${units[i]}`;
}

export const mib = n => n == null ? '–' : bytes(n * 1048576);

export const cores = milli => milli == null ? '–' : `${+(milli / 1000).toFixed(2)}`;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** Today the time, else the day as well, in the reader's zone. */
export function time(at) {
  if (at == null) return '–';
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString()
    ? clock.format(date)
    : `${day.format(date)}, ${clock.format(date)}`;
}

/** "12 s ago", "in 4 min". */
export function ago(at, now = Date.now()) {
  if (at == null) return '–';
  const left = Date.parse(at) - now;
  const t = Math.abs(left);
  if (t < 1000) return 'now';
  // Not finer than it is looked at: what changes each second draws the eye.
  const words = duration(t < 60e3 ? Math.round(t / 1e3) * 1e3 : t < 3600e3 ? Math.floor(t / 60e3) * 60e3 : t);
  return left < 0 ? `${words} ago` : `in ${words}`;
}

/** An id as it is told apart at a glance; the whole one is the title. */
export const shortId = id => id == null ? '–' : `${id.slice(0, 8)}…${id.slice(-6)}`;

/** At most so many characters on one line. Control characters are shown, not obeyed. */
export function clip(text, most = 120) {
  if (text == null) return '';
  // eslint-disable-next-line no-control-regex
  const plain = visible(String(text).slice(0, most + 1));
  return plain.length > most ? `${plain.slice(0, most)}…` : plain;
}

/** Control characters and marks that turn the direction of writing, as pictures of themselves. */
export const visible = text => String(text).replace(
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
  c => c.charCodeAt(0) < 32 ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd');
