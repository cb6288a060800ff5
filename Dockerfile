# One image for every app: LONGSHORE_APP says which one a container runs (the list is libs/names/src/apps.ts).
FROM node:24-bookworm-slim AS build
WORKDIR /longshore-app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --omit=dev --no-fund --no-audit
COPY tsconfig.json tsconfig.production.json ./
COPY apps apps
COPY libs libs
# What is optional is the compiler's binary and the Node.js for machines with an older one: 220 MB that the image needs no more.
RUN npm run build:production && npm prune --omit=dev --omit=optional --no-fund --no-audit

# `--build-arg KURRENTDB=1`: with KurrentDB's client, of which a part is under another licence (docs/adr/0008-kurrentdb.md). It has a folder
# of its own above the app's, where Node.js looks next: what is optional to it is its native part.
ARG KURRENTDB=0
RUN mkdir -p /kurrentdb/node_modules && cp .npmrc /kurrentdb \
  && if [ "$KURRENTDB" = 1 ]; then \
    wanted="$(node -p "'@kurrent/kurrentdb-client@' + require('./package.json').devDependencies['@kurrent/kurrentdb-client']")" \
    && npm install --prefix /kurrentdb --no-fund --no-audit "$wanted"; \
  fi

FROM node:24-bookworm-slim
# What keeps pushed images, what carries traffic, and what filters it.
RUN apt-get update && apt-get install -y --no-install-recommends docker-registry haproxy iproute2 iptables kmod nftables openssl && rm -rf /var/lib/apt/lists/*
WORKDIR /longshore-app
# As `./longshore up` starts them (process-specs.ts).
ENV NODE_ENV=production NODE_OPTIONS=--import=data:text/javascript,process.setSourceMapsEnabled(true)
COPY --from=build /longshore-app/package.json ./
COPY --from=build /longshore-app/node_modules node_modules
COPY --from=build /longshore-app/dist dist
COPY --from=build /kurrentdb/node_modules /node_modules
# The image's own unprivileged user; docker-compose.yml says which two of its services need more.
USER node
CMD ["sh", "-c", "exec node dist/programs/${LONGSHORE_APP:?set LONGSHORE_APP}/src/main.js"]
