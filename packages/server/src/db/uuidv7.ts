/**
 * A UUIDv7 from its parts. The `uuidv7` package brings its own clock and randomness, and tests pass theirs.
 * @param milliseconds since the Unix epoch
 * @param random ten random bytes
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function uuidv7(milliseconds: number, random: Uint8Array): string {
  const time = milliseconds.toString(16).padStart(12, "0");
  let tail = "";
  for (let i = 0; i < 10; i += 1) {
    let byte = random[i] as number;
    if (i === 0) byte = (byte & 0x0f) | 0x70;
    if (i === 2) byte = (byte & 0x3f) | 0x80;
    tail += byte.toString(16).padStart(2, "0");
  }
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}
