/** Accounts as a person may write them by hand into the settings: each entry is an account or one clear message. */
import {
  accountSources,
  embeddedBusinessAccountId,
  type Account,
  type AccountSource,
  isMeter,
} from '../../domain/account';
import { parseBaseUrl } from '../../contract/baseUrl';
import { isGraphId } from '../../contract/flow';
import { metaBaseUrl } from '../../contract/routes';

export interface ParsedAccounts {
  readonly accounts: readonly Account[];
  /** One sentence per refused entry, naming it and what is allowed. */
  readonly problems: readonly string[];
}

const maxNameLength = 60;

/** Reads the value of the setting, whatever it holds; never throws. */
export function parseAccounts(json: unknown): ParsedAccounts {
  if (json === undefined || json === null) return { accounts: [], problems: [] };
  if (!Array.isArray(json)) return { accounts: [], problems: ['it must be a list of accounts.'] };
  const accounts: Account[] = [];
  const problems: string[] = [];
  const positions = new Map<string, number>();
  json.forEach((entry: unknown, index) => {
    const result = parseAccount(entry);
    const taken = typeof result === 'string' ? undefined : positions.get(comparable(result.name));
    const secondMeter = typeof result !== 'string' && isMeter(result) && accounts.some(isMeter);
    if (typeof result === 'string') problems.push(`${titleOf(entry, index)}: ${result}`);
    else if (secondMeter) {
      problems.push(`${titleOf(entry, index)}: there is an account with "source": "meter" already; one is allowed.`);
    } else if (taken !== undefined) {
      problems.push(
        `${titleOf(entry, index)}: its name is already that of account ${taken}; names must differ by more than capital letters.`,
      );
    } else {
      positions.set(comparable(result.name), index + 1);
      accounts.push(result);
    }
  });
  return { accounts, problems };
}

/**
 * The names of all entries, also of those that are refused for something else: a slip of the pen ends no account. Undefined
 * where the name of one cannot be read, so that no name is known to be gone.
 */
export function namesOfEntries(json: unknown): readonly string[] | undefined {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return undefined;
  const names = json.map(nameOfEntry);
  return names.includes('') ? undefined : names;
}

/** The names that can be read, of whatever entries. */
export function readableNames(json: unknown): readonly string[] {
  return Array.isArray(json) ? json.map(nameOfEntry).filter((name) => name !== '') : [];
}

/** True where one of the names reads the same: a person does not tell "Shop" from "shop". */
export function isNameTaken(name: string, names: readonly string[]): boolean {
  return names.some((one) => comparable(one) === comparable(name));
}

function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function nameOfEntry(entry: unknown): string {
  const name = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).name : undefined;
  return typeof name === 'string' ? name.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim() : '';
}

/** The problem with a name, or undefined; the list checks that names are unique. */
export function problemOfAccountName(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return '"name" must be a text of 1 to 60 characters.';
  if (name.length > maxNameLength) return `"name" must not be longer than ${maxNameLength} characters.`;
  if (name !== name.trim()) return '"name" must not begin or end with a space.';
  // Variation selectors choose how the emoji before them are drawn.
  const invisible = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
  if (invisible.test(name)) return '"name" must not hold line breaks or invisible characters.';
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(name)) return '"name" must hold a letter, a digit or a sign.';
  if (/\p{M}{5}/u.test(name)) return '"name" must not hold more than 4 combining marks in a row.';
  return undefined;
}

/** An account, or what is wrong with the entry. */
function parseAccount(entry: unknown): Account | string {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return 'it must be an object with at least "name" and "source".';
  }
  const { name, source, businessAccountId, flowIds, baseUrl, apiVersion } = entry as Record<string, unknown>;
  const problem =
    problemOfAccountName(name) ??
    problemOfSource(source) ??
    problemOfIds(source as AccountSource, businessAccountId, flowIds);
  if (problem) return problem;
  if (apiVersion !== undefined && !(typeof apiVersion === 'string' && /^v\d{1,3}\.\d{1,2}$/.test(apiVersion))) {
    return '"apiVersion" must be written like "v26.0".';
  }
  const address = readBaseUrl(source as AccountSource, baseUrl);
  if (typeof address === 'string') return address;
  return {
    name: name as string,
    source: source as AccountSource,
    ...(businessAccountId === undefined ? {} : { businessAccountId: businessAccountId as string }),
    ...(flowIds === undefined ? {} : { flowIds: [...new Set(flowIds as readonly string[])] }),
    ...address,
    ...(apiVersion === undefined ? {} : { apiVersion: apiVersion as string }),
  };
}

function problemOfSource(source: unknown): string | undefined {
  if (accountSources.some((known) => known === source)) return undefined;
  return '"source" must be "meta", "server", "meter" or "demo".';
}

function problemOfIds(source: AccountSource, businessAccountId: unknown, flowIds: unknown): string | undefined {
  if (businessAccountId !== undefined && !isGraphId(businessAccountId)) {
    return '"businessAccountId" must be a text of 1 to 20 digits, in quotes.';
  }
  if (flowIds !== undefined && !(Array.isArray(flowIds) && flowIds.every(isGraphId))) {
    return '"flowIds" must be a list of flow ids, each a text of 1 to 20 digits, in quotes.';
  }
  const hasFlows = flowIds !== undefined && flowIds.length > 0;
  if (embeddedBusinessAccountId(source) === undefined && businessAccountId === undefined && !hasFlows) {
    return 'it needs "businessAccountId" or "flowIds", so that flows can be found.';
  }
  return undefined;
}

/** The account's part with the address, or what is wrong with it. */
function readBaseUrl(source: AccountSource, baseUrl: unknown): Pick<Account, 'baseUrl'> | string {
  if (baseUrl === undefined) {
    return source === 'server' ? '"baseUrl" is missing: "source": "server" needs the address of the server.' : {};
  }
  if (source === 'demo' || source === 'meter') return '"baseUrl" is only allowed where "source" is "server".';
  if (typeof baseUrl !== 'string') return '"baseUrl" must be a text such as "https://metrics.example.com".';
  const check = parseBaseUrl(baseUrl);
  if (!check.ok) return `"baseUrl" is not allowed. ${check.problem}`;
  // Every text says "Meta" for such an account, so its token must go nowhere else.
  if (source === 'meta' && check.value.url !== metaBaseUrl) {
    return `"baseUrl" must be left out or be "${metaBaseUrl}" where "source" is "meta". For another server write "source": "server".`;
  }
  return { baseUrl: check.value.url };
}

/** `Account 2 ("Shop")`: counted from 1, as a person counts. */
function titleOf(entry: unknown, index: number): string {
  const name = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).name : undefined;
  if (typeof name !== 'string' || name === '') return `Account ${index + 1}`;
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ');
  return `Account ${index + 1} ("${plain.length > maxNameLength ? `${plain.slice(0, maxNameLength)}…` : plain}")`;
}
