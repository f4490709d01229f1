// Statements of the reader: running them, naming things in them, and what their values are.

import { ask, exact } from './api.js';

export const MOST_ROWS = 100_000;
export const MOST_SECONDS = 3600;

const PLAIN = /^[a-z_][a-z0-9_]*$/;
/** Words that are no names without quotes. */
export const RESERVED = new Set(('all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create '
  + 'current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except '
  + 'false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp '
  + 'not null offset on only or order placing primary references returning select session_user some symmetric system_user table '
  + 'then to trailing true union unique user using variadic when where window with').split(' '));

/** A name as a statement has it: in quotes where it must be. */
export const quoted = name => PLAIN.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** A text as a statement has it. */
export const literal = text => `'${text.replaceAll("'", "''")}'`;

export const qualified = (schema, name) => `${quoted(schema)}.${quoted(name)}`;

/**
 * Runs one statement.
 *
 * @param {{limit?: number, timeout?: number, write?: boolean, schema?: string, signal?: AbortSignal}} options
 * @returns {Promise<{columns: {name: string, type: string}[], rows: any[][], truncated: boolean, changed: number|null}>}
 */
export async function run(statement, { limit = 1000, timeout = 10, write = false, schema, signal } = {}) {
  const response = await ask('POST', '/sql', { statement, limit, timeout, write, schema }, { signal });
  return exact(await response.text());
}

/** Where an error is in the statement, counted from 0 in characters of JavaScript; null if it does not say. */
export function position(problem, statement, before = '') {
  const told = / \(at character (\d+)\)/.exec(problem.message ?? '');
  if (!told) return null;
  const characters = [...before + statement].slice(0, Number(told[1]) - 1).join('').length - before.length;
  return characters < 0 ? null : Math.min(characters, statement.length);
}

const text = statement => statement
  .replace(/\$([A-Za-z_]*)\$[\s\S]*?\$\1\$/g, "''")
  .replace(/'(?:[^']|'')*'/g, "''")
  .replace(/"(?:[^"]|"")*"/g, '""')
  .replace(/--[^\n]*/g, ' ')
  .replace(/\/\*[\s\S]*?\*\//g, ' ');

/** Whether it is plainly a query. The database decides; this says what may run without being asked to. */
export function reads(statement) {
  const bare = text(statement).trim().replace(/;\s*$/, '');
  return /^(select|with|table|values|show|\()/i.test(bare)
    && !/;|\b(insert|update|delete|merge|into|call|do|copy|pg_terminate_backend|pg_cancel_backend|lo_export|lo_import)\b/i.test(bare);
}

const NUMBERS = new Set(['int2', 'int4', 'int8', 'smallint', 'integer', 'bigint', 'float4', 'float8', 'real', 'double precision',
  'numeric', 'decimal', 'money', 'oid', 'serial', 'bigserial']);
const TIMES = new Set(['timestamptz', 'timestamp', 'date', 'timestamp with time zone', 'timestamp without time zone']);

/** number, time, json, truth or text. */
export function kindOf(type) {
  if (NUMBERS.has(type)) return 'number';
  if (TIMES.has(type)) return 'time';
  if (type === 'json' || type === 'jsonb') return 'json';
  return type === 'bool' || type === 'boolean' ? 'truth' : 'text';
}

/** A time of the database in milliseconds; null for what is no time on the calendar, such as infinity. */
export function timeOf(value) {
  if (typeof value !== 'string') return null;
  const iso = value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');
  const at = Date.parse(/[Z]$|[+-]\d\d:\d\d$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`);
  return Number.isNaN(at) ? null : at;
}

/** A value as text, whole. */
export const shown = value => value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** How two values of a column sort; null comes last. */
export function compare(a, b, kind) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (kind === 'number') return Number(a) - Number(b);
  if (kind === 'time') return (timeOf(a) ?? 0) - (timeOf(b) ?? 0);
  const left = shown(a);
  const right = shown(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

const field = value => {
  const plain = shown(value);
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

/** The rows as CSV (RFC 4180): a head, CRLF, quotes where they are needed; null is an empty field. */
export const csv = result => [result.columns.map(each => each.name), ...result.rows]
  .map(row => row.map(field).join(',') + '\r\n').join('');

/** The rows as an array of JSON objects; a name that comes twice gets a number. */
export function json(result) {
  const names = [];
  for (const { name } of result.columns) {
    let unique = name;
    for (let n = 2; names.includes(unique); n++) unique = `${name}_${n}`;
    names.push(unique);
  }
  return JSON.stringify(result.rows.map(row => Object.fromEntries(names.map((name, i) => [name, row[i]]))), null, 1);
}
