/** A solution that no learners' copy can be made of; the message says why. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}
