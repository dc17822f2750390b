FROM node:24-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/domain/package.json packages/domain/
COPY packages/server/package.json packages/server/

FROM manifests AS build
RUN npm ci --ignore-scripts --include-workspace-root \
  --workspace @serviceflow/domain --workspace @serviceflow/server
COPY tsconfig.base.json ./
COPY packages/domain packages/domain
COPY packages/server packages/server
RUN npx tsc -b packages/domain packages/server

FROM manifests AS console
COPY packages/sdk/package.json packages/sdk/
COPY packages/console/package.json packages/console/
RUN npm ci --ignore-scripts --include-workspace-root \
  --workspace @serviceflow/domain --workspace @serviceflow/sdk --workspace @serviceflow/console
COPY tsconfig.base.json ./
COPY packages/domain packages/domain
COPY packages/sdk packages/sdk
COPY packages/console packages/console
# What the SDK's tsconfig.json refers to.
COPY packages/server/tsconfig.json packages/server/
COPY packages/testing/tsconfig.json packages/testing/
COPY scripts/build-console.ts scripts/
RUN node scripts/build-console.ts

FROM manifests AS dependencies
# tRPC has a required peer dependency on TypeScript, for its types only: --legacy-peer-deps keeps its 31 MB
# out. Every peer that is needed at run time is a direct dependency of the server.
RUN npm ci --ignore-scripts --omit=dev --legacy-peer-deps --include-workspace-root=false \
  --workspace @serviceflow/domain --workspace @serviceflow/server

FROM node:24-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d
# Without DATA_DIR: a misspelt DATABASE_URL must not start an embedded database. To use one, set DATA_DIR=/data.
# By default, what is young in the heap can take 130 MB.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 NODE_OPTIONS=--max-semi-space-size=16
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app ./
COPY --from=build /app/packages/domain/dist packages/domain/dist
COPY --from=build /app/packages/server/dist packages/server/dist
COPY --from=console /app/packages/console/dist packages/console/dist
COPY migrations migrations
RUN ln -s /app/packages/server/dist/main.js /usr/local/bin/serviceflow && chmod +x packages/server/dist/main.js
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "packages/server/dist/main.js"]
