// What the reports of `npm audit` mean for the project.

/** @typedef {{ outcome: 'good' | 'bad' | 'unknown', text: string }} Finding `unknown`: the registry told nothing */

/**
 * @param {any} report of `npm audit --json`
 * @returns {Finding}
 */
export function judgeAdvisories(report) {
  const counts = report?.metadata?.vulnerabilities;
  if (counts === undefined) {
    return { outcome: 'unknown', text: 'the registry offers none' };
  }
  const list = ['critical', 'high', 'moderate', 'low'].map((level) => `${counts[level] ?? 0} ${level}`).join(', ');
  return { outcome: counts.critical + counts.high > 0 ? 'bad' : 'good', text: list };
}

/**
 * @param {any} report of `npm audit signatures --json`
 * @returns {Finding}
 */
export function judgeSignatures(report) {
  if (!Array.isArray(report?.invalid) || !Array.isArray(report?.missing)) {
    return { outcome: 'unknown', text: 'the registry offers none' };
  }
  const names = [...report.invalid, ...report.missing].map(({ name, version }) => `${name}@${version}`);
  return names.length === 0
    ? { outcome: 'good', text: 'all right' }
    : { outcome: 'bad', text: `wrong or missing: ${names.join(', ')}` };
}
