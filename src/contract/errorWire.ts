/** The error of an answer, as JSON. */
import type { ReadGraphError } from './errors';
import { objectOf } from '../util/json';
import { truncate, maxLength } from './lengthLimits';
import { defined } from '../util/defined';

/** The error that an answer holds, or undefined where it holds none. Some servers send a mere text or number. */
export function parseErrorBody(json: unknown): { readonly error: ReadGraphError } | undefined {
  const value = objectOf(json)?.error;
  if (value === undefined || value === null || value === false || value === '') return undefined;
  const error = objectOf(value) ?? { message: value };
  const text = (field: unknown): string => (typeof field === 'string' ? truncate(field, maxLength.message) : '');
  const code = codeOf(error.code);
  return {
    error: {
      message: text(error.message),
      type: text(error.type),
      ...defined({ code }),
      ...(typeof error.error_subcode === 'number' ? { error_subcode: error.error_subcode } : {}),
      ...(typeof error.is_transient === 'boolean' ? { is_transient: error.is_transient } : {}),
      ...(typeof error.error_user_title === 'string' ? { error_user_title: text(error.error_user_title) } : {}),
      ...(typeof error.error_user_msg === 'string' ? { error_user_msg: text(error.error_user_msg) } : {}),
      ...(typeof error.fbtrace_id === 'string' ? { fbtrace_id: text(error.fbtrace_id) } : {}),
    },
  };
}

/** A whole number, also as text; undefined for everything else, which names no code. */
function codeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^-?\d{1,9}$/.test(value)) return Number(value);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
