/** The parts of the server that tests, scripts and the SDK's types are built on. */
export { type AppOptions, createApp } from "./app.ts";
export { exportLog } from "./audit/export.ts";
export { adoptRestoredLog } from "./audit/restored.ts";
export { Sealer, sealBatch, sealStatus } from "./audit/sealer.ts";
export { verifyLog } from "./audit/verify.ts";
export { type Config, InvalidConfig, readConfig } from "./config.ts";
export type { Services } from "./context.ts";
export { connect } from "./db/connect.ts";
export type { Database } from "./db/database.ts";
export { openEmbedded } from "./db/embedded.ts";
export { migrate } from "./db/migrate.ts";
export { connectPostgres } from "./db/postgres.ts";
export { createLogger } from "./log.ts";
export { openApiDocument } from "./rest/document.ts";
export { OPERATIONS, type Operation } from "./rest/operations.ts";
export type { AppRouter } from "./router.ts";
export { createServices, type RunningServer, serveOn, startServer } from "./server.ts";
