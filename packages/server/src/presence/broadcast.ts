/** What is heard of the others. */
export interface BroadcastListener {
  heard(text: string): void;
  /** From now on everything is heard; also after an interruption. */
  joined(): void;
  /** Nothing will be heard. */
  alone(): void;
}

/** Short texts to all processes of an installation. They may be lost. */
export interface Broadcast {
  /** Begins to listen, until it is closed. */
  join(listener: BroadcastListener): void;
  /** @param texts of less than 8,000 bytes each */
  send(texts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
