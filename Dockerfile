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

FROM node:24-bookworm-slim
WORKDIR /longshore-app
ENV NODE_ENV=production
COPY --from=build /longshore-app/package.json ./
COPY --from=build /longshore-app/node_modules node_modules
COPY --from=build /longshore-app/dist dist
# The image's own unprivileged user; docker-compose.yml says which two of its services need more.
USER node
CMD ["sh", "-c", "exec node --enable-source-maps dist/apps/${LONGSHORE_APP:?set LONGSHORE_APP}/src/main.js"]
