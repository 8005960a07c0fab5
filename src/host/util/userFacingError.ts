/** An error whose message is fit for a person as it stands. */
export class UserFacingError extends Error {
  override readonly name = 'UserFacingError';
}

/** Recognized by its name, because the commands are a bundle with its own copy of the class. */
export function isUserFacingError(thrown: unknown): thrown is UserFacingError {
  return thrown instanceof Error && thrown.name === 'UserFacingError';
}
