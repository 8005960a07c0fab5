/** An error whose message is fit for a person as it stands. */
export class UserFacingError extends Error {
  override readonly name = 'HumanError';
}

/** Told by its name: commands are a bundle of their own, with a class of its own. */
export function isUserFacingError(thrown: unknown): thrown is UserFacingError {
  return thrown instanceof Error && thrown.name === 'HumanError';
}
