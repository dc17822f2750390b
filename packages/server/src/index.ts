/** What tests, scripts and the SDK's types use of the server. */
export {
  formatApiKey,
  formatCode,
  formatSessionSecret,
  isApiKey,
  isCode,
  isSessionSecret,
  maskApiKey,
} from "./access/api-key-format.ts";
export { type AppOptions, createApp } from "./app.ts";
export { type Config, InvalidConfig, readConfig } from "./config.ts";
export { connect } from "./connect.ts";
export type { Services } from "./context.ts";
export type { Database } from "./db/database.ts";
export { openEmbedded } from "./db/embedded.ts";
export { dumpMigrated } from "./db/embedded-dump.ts";
export { migrate } from "./db/migrate.ts";
export { connectPostgres } from "./db/postgres.ts";
export { type InProcessOptions, type InProcessServer, serveInProcess } from "./in-process.ts";
export { adoptRestoredLog } from "./log/adopt-restored.ts";
export { exportLog } from "./log/export.ts";
export { sealBatch, sealerJob, sealStatus } from "./log/sealer.ts";
export { snapshotHolders } from "./log/snapshot-holders.ts";
export { StateReport } from "./log/state-report.ts";
export { verifyLog } from "./log/verify.ts";
export { compareState } from "./log/verify-state.ts";
export { createLogger } from "./logger.ts";
export { OidcProvider } from "./oidc/provider.ts";
export { hasAdminKey } from "./people/working-keys.ts";
export { completeParticipants } from "./requests/complete-participants.ts";
export { compiledLists } from "./requests/lists/list.ts";
export { rebuildStats } from "./requests/stats/builds.ts";
export { foldStats } from "./requests/stats/fold.ts";
export { openApiDocument } from "./rest/document.ts";
export { OPERATIONS, type Operation } from "./rest/operations.ts";
export type { AppRouter } from "./router.ts";
export { seedDemo } from "./seed/seed.ts";
export { type RunningServer, serveOn, startServer } from "./server.ts";
export { type Background, createServices } from "./services.ts";
