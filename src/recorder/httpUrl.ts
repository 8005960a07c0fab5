/**
 * The fault of the URL of a program to which requests go, as the end of a sentence; undefined where there is none. The URL is
 * not repeated: a password or another secret in it must not get into a log. `form` says how one looks.
 */
export function httpUrlProblem(text: string, form: string): string | undefined {
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return `must be ${form}.`;
  const { username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return 'must not hold a user name or password ("@").';
  return hash === '' ? undefined : 'must not hold a fragment ("#").';
}
