/** A command failed; its message states the reason. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
