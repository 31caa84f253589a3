# Built from the repository alone: docker build -t airbyte/source-bitbucket-data-center:0.2.0 .
FROM node:24-slim AS build

WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/build.mjs
COPY src src
RUN npm run build

# What runs: production dependencies, compiled code and what it reads; no DuckDB, no compiler, no sources.
WORKDIR /connector
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
COPY LICENSE spec.json ./
COPY bin bin
COPY resources resources
RUN cp -r /build/lib lib && chmod -R a+rX . && chmod a+x bin/main

FROM node:24-slim

# The name and the version are those of metadata.yaml.
LABEL io.airbyte.name="airbyte/source-bitbucket-data-center"
LABEL io.airbyte.version="0.2.0"

# The platform replaces the entrypoint by a shell that evaluates AIRBYTE_ENTRYPOINT in a directory of its own choice.
ENV AIRBYTE_ENTRYPOINT="node /airbyte/integration_code/bin/main"
ENV NODE_ENV=production

WORKDIR /airbyte/integration_code
COPY --from=build /connector .

USER node
ENTRYPOINT ["node", "/airbyte/integration_code/bin/main"]
