# One image for every service. The first argument picks the one that runs, by default the gateway:
#   docker run lanyard services/token/src/main.ts
# Nothing is compiled: Node runs the TypeScript as it is. LANYARD_MODE is not set, so it is production.

# The Node that the tests ran on.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS manifests
WORKDIR /app
COPY . .
# Only what decides which packages are installed is left, so that a change of source installs nothing anew.
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

FROM node:${NODE_VERSION}-slim AS installer
WORKDIR /app
COPY --from=manifests /app ./
ENV npm_config_ignore_scripts=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

# What services need: no development tools, and nothing of the root (the Node it brings along is in the image already).
FROM installer AS service-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace services

# The provisioner comes with the emulators of the embedded cloud, which have no business beside the services.
FROM installer AS provision-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace libs/local-cloud

FROM node:${NODE_VERSION}-slim AS runtime
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Lanyard" \
      org.opencontainers.image.description="Users, sign-in and sessions that stay right when many things happen at once." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
WORKDIR /app
# Everything belongs to root and the process does not: it can change none of its own code.
USER node
STOPSIGNAL SIGTERM
EXPOSE 8080
ENTRYPOINT ["node"]

FROM runtime AS provision
COPY --from=provision-packages /app ./
COPY libs ./libs
COPY infrastructure ./infrastructure
CMD ["libs/local-cloud/src/provision-main.ts"]

# The last stage is the one that `docker build .` makes.
FROM runtime AS service
COPY --from=service-packages /app ./
COPY libs ./libs
COPY services ./services
CMD ["services/gateway/src/main.ts"]
