# One image for every app: LONGSHORE_APP says which one a container runs (the list is libs/names/src/apps.ts).
FROM node:20-bookworm-slim AS build
WORKDIR /longshore-app
COPY package.json package-lock.json ./
# Not `npm ci`: it refuses the lock where a registry lacks other platforms' binaries. `npm install` leaves the lock as it is.
RUN npm install --no-fund --no-audit
COPY tsconfig.json ./
COPY apps apps
COPY libs libs
COPY test test
RUN npm run build && npm prune --omit=dev --no-fund --no-audit

FROM node:20-bookworm-slim
WORKDIR /longshore-app
ENV NODE_ENV=production
COPY --from=build /longshore-app/package.json ./
COPY --from=build /longshore-app/node_modules node_modules
COPY --from=build /longshore-app/dist dist
# The agent talks to the host's Docker Engine through its socket, which belongs to root.
CMD ["sh", "-c", "exec node --enable-source-maps dist/apps/${LONGSHORE_APP:?set LONGSHORE_APP}/src/main.js"]
