/** A store of handled deliveries. Back it with a database to share it between processes and survive restarts. */
export interface SeenDeliveries {
  /** Whether the delivery with this `webhook-id` was handled. */
  has(id: string): boolean | Promise<boolean>;
  /** Marks the delivery as handled. */
  add(id: string): unknown;
}
