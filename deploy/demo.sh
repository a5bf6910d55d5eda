#!/usr/bin/env bash
# Starts the demo. usage: demo.sh [cluster] — "cluster" keeps records in PostgreSQL, images in S3 and hints in Redis, all of them
# private instances on this machine. Further flags go in YILIAN_DEMO_FLAGS.
set -euo pipefail
cd "$(dirname "$0")/.."
flags=(--data "${YILIAN_DATA:-demo-data}")
if [ "${1:-}" = cluster ]; then
  export YILIAN_ENGINES="/var/tmp/yilian-demo-$(id -u)" # apart from the tests' engines; gone after the end
  deploy/engines.sh install
  deploy/engines.sh start
  trap 'deploy/engines.sh stop || true' EXIT
  eval "$(deploy/engines.sh env)"
  flags=(--data demo-data/cluster --database "$YILIAN_TEST_POSTGRES" --objects "$YILIAN_TEST_S3" --bus "$YILIAN_TEST_REDIS")
elif [ -n "${1:-}" ]; then
  echo "demo.sh: unknown engines $1 (want: cluster)" >&2
  exit 2
fi
# shellcheck disable=SC2086 # several flags in one variable
bin/yilian demo "${flags[@]}" ${YILIAN_DEMO_FLAGS:-}
