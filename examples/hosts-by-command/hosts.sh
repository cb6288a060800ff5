#!/bin/sh
# Hosts of Auto Scaling groups: LONGSHORE_GROUP_HOST_COMMAND=/path/to/hosts.sh ./longshore up -d --listen <address>
#
# Each host is an installation of its own on this machine, in a directory of its id's name. For machines of a cloud replace the commands behind start
# (run an instance with the id as its tag and the token in its user data), end (terminate it) and list (the tags of those that run).
set -eu
fleet="${FLEET:?is the directory in which hosts are}"
longshore="$(dirname "$0")/../../longshore"
# 32 hex digits: 0f3c9a52d1e84b7796a0c2be5d41f803
id="${LONGSHORE_HOST_INSTANCE_ID:-}"

# What is said of the first host is not said of these.
unset LONGSHORE_ATTRIBUTES

case "$1" in
  start)
    # The same id again is the same host.
    [ -e "$fleet/$id/joined.json" ] ||
      LONGSHORE_DATA="$fleet/$id" LONGSHORE_MEMORY_MIB="${HOST_MEMORY_MIB:-1024}" "$longshore" up -d --join "$LONGSHORE_HOST_TOKEN"
    ;;
  end)
    # One that is not there is ended.
    [ ! -e "$fleet/$id" ] || { LONGSHORE_DATA="$fleet/$id" "$longshore" down --purge --yes && rm -rf "${fleet:?}/$id"; }
    ;;
  list)
    ls "$fleet"
    ;;
esac
