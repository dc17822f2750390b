import { Redis } from "ioredis";
import type { Logger } from "pino";
// Fixed windows in memory or in Redis behind one interface, with a fallback from one to the other.
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";

const KEY_PREFIX = "serviceflow";
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_MS = 5_000;
const WARN_INTERVAL_MS = 60_000;

/** What remains of a time window. */
export type WindowState = Pick<RateLimiterRes, "remainingPoints" | "msBeforeNext">;

/** Counts usage in a time window. */
export interface Counter {
  consume(name: string): Promise<{ refused: boolean; state: WindowState }>;
  /** Takes back one use, without waiting for the store. */
  refund(name: string): void;
}

/** Where counters live. */
export interface CounterStore {
  counter(name: string, points: number, seconds: number): Counter;
  close(): void;
}

/** Counters of this process. */
export function memoryCounters(): CounterStore {
  return {
    counter: (name, points, seconds) => toCounter(memory(name, points, seconds)),
    close: () => {},
  };
}

/** Counters that all replicas share. While Redis is unavailable each process counts its own. */
export function redisCounters(url: string, log: Logger): CounterStore {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_MS),
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  redis.on("error", (error: NodeJS.ErrnoException) => {
    if (performance.now() - warnedAt < WARN_INTERVAL_MS) return;
    warnedAt = performance.now();
    log.warn({ code: error.code }, "Redis is unavailable: each process counts its own limits");
  });
  return {
    counter: (name, points, seconds) =>
      toCounter(
        new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: `${KEY_PREFIX}:${name}`,
          points,
          duration: seconds,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory(name, points, seconds),
        }),
      ),
    close: () => redis.disconnect(),
  };
}

/** Whether Redis answers. */
export async function pingRedis(url: string): Promise<boolean> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
  });
  redis.on("error", () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

function memory(name: string, points: number, seconds: number): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
}

function toCounter(limiter: RateLimiterAbstract): Counter {
  return {
    async consume(name) {
      try {
        return { refused: false, state: await limiter.consume(name) };
      } catch (thrown) {
        if (thrown instanceof RateLimiterRes) return { refused: true, state: thrown };
        throw thrown;
      }
    },
    refund(name) {
      // At worst one use too many is counted.
      limiter.reward(name).catch(() => {});
    },
  };
}
