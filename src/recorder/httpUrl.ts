/**
 * What is wrong with the URL of a program to which requests go, as the end of a sentence; undefined where nothing is. The URL
 * is not repeated: where it holds a password or another secret, that must not get into a log. `form` says how one looks.
 */
export function httpUrlProblem(text: string, form: string): string | undefined {
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return `must be ${form}.`;
  const { username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return 'must not hold a user name or password ("@").';
  return hash === '' ? undefined : 'must not hold a fragment ("#").';
}
