/** An error whose message is fit for a person as it stands. */
export class HumanError extends Error {
  override readonly name = 'HumanError';
}
